import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioDelayMs, beepOnsets, burntClock } from '@hindsight/rig/media/clip-probe';
import { CLOCK_STRIP } from './testing/h264-picture.ts';
import { RecordedShare, type RecordedPicture } from './testing/recorded-share.ts';
import { GOOD_NETWORK } from './testing/udp-relay.ts';

const WAIT_MS = 60_000;
/** A loaded machine sends, forwards and reads late; what the recorder adds is far below. */
const CLOCK_ERROR_MS = 100;

interface Step {
  fromMs: number;
  toMs: number;
}

/** One recording goes through every kind of interruption, so that it is started and read only once. */
describe('a recording through every kind of interruption', () => {
  let share: RecordedShare;
  let pictures: RecordedPicture[];
  const steps: Record<string, Step> = {};

  /** Runs a step and waits until pictures that were drawn afterwards can be seen in the recording. */
  async function go(name: string, step: () => Promise<void> | void): Promise<void> {
    const fromMs = Date.now();
    await step();
    const doneMs = Date.now();
    let newestMs = 0;
    for (const deadlineMs = doneMs + WAIT_MS; newestMs < doneMs + 1000; await sleep(500)) {
      newestMs = await share.newestPictureMs();
      if (Date.now() > deadlineMs)
        throw new Error(`after '${name}' the newest picture is ${doneMs - newestMs} ms older`);
    }
    steps[name] = { fromMs, toMs: Date.now() };
  }

  beforeAll(async () => {
    share = await RecordedShare.start();
    const { relay, livekit, publisher } = share;
    await go('start', () => undefined);
    await go('signalling', () => relay.breakSignal());
    await go('publisher', () => publisher.reconnect());
    await go('loss', async () => {
      relay.media.conditions = { lossFraction: 0.05, delayMs: 20, jitterMs: 10, duplicateFraction: 0.05 };
      await sleep(3000);
      relay.media.conditions = GOOD_NETWORK;
    });
    await go('burst', () => relay.media.loseNext(60));
    await go('restart', () => livekit.restart());
    await share.stop();
    pictures = await share.pictures();
  }, 240_000);
  afterAll(() => share.close());

  it('goes on through all of them as one recording', () => {
    expect(share.events.filter(({ type }) => type === 'ended')).toMatchObject([{ reason: 'stopped' }]);
    expect(Object.keys(steps)).toHaveLength(6);
  });

  it('has gaps only where no media could come: the publisher was gone or the server restarted', () => {
    const inside = ({ fromMs, toMs }: Step) =>
      share.gaps().filter((gap) => gap.fromMs >= fromMs - 1000 && gap.fromMs < toMs);
    for (const name of ['signalling', 'loss', 'burst'])
      expect([name, inside(steps[name] ?? { fromMs: 0, toMs: 0 })]).toEqual([name, []]);
    expect(share.pieces().filter(({ isDiscontinuity }) => isDiscontinuity).length).toBeGreaterThanOrEqual(2);
    expect(share.gaps().every(({ lengthMs }) => lengthMs > 0)).toBe(true);
  });

  it('shows every picture at the time at which it was drawn, after each step too', () => {
    expect(pictures.filter(({ burntMs }) => burntMs === null)).toEqual([]);
    for (const [name, { fromMs, toMs }] of Object.entries(steps)) {
      const errors = pictures
        .filter(({ burntMs }) => burntMs !== null && burntMs > fromMs && burntMs < toMs)
        .map(({ wallMs, burntMs }) => wallMs - (burntMs ?? 0))
        .toSorted((a, b) => a - b);
      expect([name, Math.abs(errors[errors.length >> 1] ?? NaN) < CLOCK_ERROR_MS]).toEqual([name, true]);
    }
  });

  it('never shows a picture that depends on one that was lost', () => {
    const sent = share.publisher.sent;
    const indexOf = new Map(sent.map(({ epochMs }, i) => [epochMs, i]));
    let last = -1;
    for (const { burntMs } of pictures) {
      const index = indexOf.get(burntMs ?? 0) ?? -1;
      if (index < 0) continue; // two pictures were drawn within a millisecond
      if (index !== last + 1) expect(sent.slice(last + 1, index + 1).some(({ isKey }) => isKey)).toBe(true);
      last = index;
    }
    expect(last).toBeGreaterThan(0);
  });

  it('has sound in sync with the picture', async () => {
    const [frames, onsets] = await Promise.all([
      burntClock(share.playlistFile, CLOCK_STRIP),
      beepOnsets(share.playlistFile),
    ]);
    expect(onsets.length).toBeGreaterThan(3);
    expect(Math.abs(audioDelayMs(frames, onsets) ?? NaN)).toBeLessThan(CLOCK_ERROR_MS);
  });

  it('reports the new SIDs of its share, and the losses', () => {
    const moved = share.events.filter(({ type }) => type === 'moved');
    expect(moved.length).toBeGreaterThanOrEqual(2);
    expect(moved.at(-1)).toMatchObject({ videoTrackSid: share.publisher.videoTrackSid });
    const losses = share.events.findLast((event) => event.type === 'losses');
    expect(losses?.losses.recoveredPackets).toBeGreaterThan(0);
  });
});
