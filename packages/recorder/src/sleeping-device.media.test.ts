import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RecordedShare, type RecordedPicture } from './testing/recorded-share.ts';

const START_MS = 60_000;
/** A part of a second, so that beeps with the time of before are not at whole seconds. */
const ASLEEP_MS = 3400;
const AWAKE_MS = 9000;
const AT_ONCE_MS = 250;
const SECOND_MS = 1000;

describe('a device that captures and was asleep, in a recording through LiveKit', () => {
  let share: RecordedShare;
  let pictures: RecordedPicture[];
  let beepsMs: number[];
  const woke = { audio: 0, video: 0 };

  beforeAll(async () => {
    share = await RecordedShare.start();
    const { publisher } = share;
    await vi.waitUntil(async () => (await share.readableToMs()) > 0, { timeout: START_MS, interval: 100 });
    for (const kind of ['audio', 'video'] as const) {
      publisher.sleep(kind, true);
      await sleep(ASLEEP_MS);
      publisher.sleep(kind, false);
      woke[kind] = Date.now();
      await sleep(AWAKE_MS);
    }
    await share.stop();
    [pictures, beepsMs] = [await share.pictures(), await share.beepsMs()];
  }, 3 * START_MS);
  afterAll(() => share.close());

  it('has its sound at the right times after it, none of it too early or left out', () => {
    const after = beepsMs.filter((ms) => ms > woke.audio && ms < woke.audio + AWAKE_MS);
    const errors = after.map((ms) => ms - Math.round(ms / SECOND_MS) * SECOND_MS);
    expect(after.length).toBeGreaterThanOrEqual(AWAKE_MS / SECOND_MS - 1);
    expect(errors.filter((ms) => Math.abs(ms) > AT_ONCE_MS)).toEqual([]);
  });

  it('has its pictures at the right times after it', () => {
    const after = pictures.flatMap(({ wallMs, burntMs }) =>
      burntMs === null || burntMs < woke.video ? [] : wallMs - burntMs,
    );
    expect(after.length).toBeGreaterThan(60);
    expect(after.filter((ms) => Math.abs(ms) > AT_ONCE_MS)).toEqual([]);
  });
});
