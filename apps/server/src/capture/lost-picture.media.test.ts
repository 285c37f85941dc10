import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOCK_STRIP } from '@hindsight/recorder/testing/h264-picture';
import { RecordedShare } from '@hindsight/recorder/testing/recorded-share';
import { kindOfPacket } from '@hindsight/recorder/testing/udp-relay';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCaptureStage, type Capturer, type CaptureStage } from '../testing/capture-stage.ts';
import { watch } from './testing/watch.ts';

const START_MS = 60 * SECOND;
const FROZEN_MS = 8 * SECOND;

describe('a press while pictures are lost and sound goes on', () => {
  let stage: CaptureStage;
  let capturer: Capturer;
  let share: RecordedShare;
  beforeAll(async () => {
    stage = await openCaptureStage();
    capturer = await stage.createCapturer();
    const { segmentPath } = await stage.createSession(capturer, { startMs: Date.now(), endMs: null });
    share = await RecordedShare.start({ directory: join(stage.bufferDir, segmentPath) });
    stage.recorder.flush = async () => void (await share.readableToMs());
  }, START_MS);
  afterAll(async () => {
    await share.close();
    await stage.close();
  });

  it(
    'is answered with the time of the last picture, where the clip stands still',
    { timeout: 2 * START_MS },
    async () => {
      const pictures = async () => (await share.newestPictureMs()) > 0;
      await vi.waitUntil(pictures, { timeout: START_MS, interval: 500 });
      expect(await stage.captureLastMinute(capturer)).toMatchObject({ lastPictureAt: null });

      const { publisher, relay } = share;
      publisher.sendsKeyframes = false;
      // What is sent in the first half second is lost each time that it is sent.
      const brokenMs = Date.now();
      const lost = new Set<string>();
      relay.media.isLostToClient = (packet) => {
        const name = packet.toString('hex', 2, 12);
        if (kindOfPacket(packet) === 'video' && Date.now() < brokenMs + SECOND / 2) lost.add(name);
        return lost.has(name);
      };
      await sleep(FROZEN_MS);
      const pressedMs = Date.now();
      const { clip, lastPictureAt } = await stage.captureLastMinute(capturer);
      const ready = await stage.settled(capturer, clip.id);

      const lastMs = Date.parse(lastPictureAt ?? '');
      expect(Math.abs(lastMs - brokenMs)).toBeLessThan(SECOND);
      const video = stage.videoPath(capturer, ready.id);
      const { frames, beepsMs } = await watch(video, { nearMs: pressedMs, ...CLOCK_STRIP });
      const drawnMs = frames.flatMap(({ burntMs }) => burntMs ?? []).at(-1) ?? 0;
      expect(Math.abs(drawnMs - lastMs)).toBeLessThan(SECOND / 4);
      // Sound goes on to the press.
      expect(Date.parse(ready.from) + (beepsMs.at(-1) ?? 0)).toBeGreaterThan(pressedMs - 2 * SECOND);
    },
  );
});
