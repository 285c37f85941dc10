import { audioDelayMs, beepOnsets, burntClock, probeClip } from '@hindsight/e2e/rig/clip-probe';
import type { ClipDto } from '@hindsight/shared/clip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureStage, type Capturer, type CaptureStage } from './testing/stage.ts';

/** One frame of the shares here, at 15 a second. */
const FRAME_MS = 67;

/** The clip as somebody would see it: when each end was drawn, and how sound and picture fit. */
async function watch(stage: CaptureStage, capturer: Capturer, clip: ClipDto) {
  const path = stage.videoPath(capturer, clip.id);
  const frames = await burntClock(path, { nearMs: Date.parse(clip.to) });
  const summary = await probeClip(path);
  const delayMs = summary.audio === null ? null : audioDelayMs(frames, await beepOnsets(path));
  return { frames, summary, delayMs, first: frames[0], second: frames[1], last: frames.at(-1) };
}

describe('capture', () => {
  let stage: CaptureStage;
  beforeAll(async () => {
    stage = await openCaptureStage();
  });
  afterAll(() => stage.close());

  it('saves exactly the asked range, with a picture from the first frame on and sound in time', async () => {
    const capturer = await stage.createCapturer();
    const startMs = Date.now() - 40_000;
    await stage.record(capturer, { startMs, durationMs: 40_000 });
    const from = new Date(startMs + 6_530);
    const to = new Date(startMs + 26_530);
    const { clip, isShorterThanAsked } = await stage.capture.accept(capturer.user, {
      channelId: capturer.channelId,
      from: from.toISOString(),
      to: to.toISOString(),
      pressedAgoMs: 0,
    });
    expect(clip.status).toBe('PROCESSING');
    expect(isShorterThanAsked).toBe(false);

    const ready = await stage.settled(capturer, clip.id);
    expect(ready).toMatchObject({
      status: 'READY',
      width: 1280,
      height: 720,
      videoCodec: 'h264',
      audioCodec: 'opus',
    });
    expect(Math.abs(ready.durationMs - 20_000)).toBeLessThan(50);

    const { frames, summary, delayMs, first, second, last } = await watch(stage, capturer, ready);
    expect(first?.ptsMs).toBe(0);
    // The first picture is the one that was on screen at the start; the next appears when it was drawn.
    expect(from.getTime() - (first?.burntMs ?? 0)).toBeGreaterThan(-20);
    expect(from.getTime() - (first?.burntMs ?? 0)).toBeLessThan(FRAME_MS + 20);
    expect(Math.abs((second?.burntMs ?? 0) - from.getTime() - (second?.ptsMs ?? 0))).toBeLessThan(20);
    expect(to.getTime() - (last?.burntMs ?? 0)).toBeLessThanOrEqual(FRAME_MS + 20);
    expect(last?.burntMs).toBeLessThanOrEqual(to.getTime());
    expect(frames.filter(({ burntMs }) => burntMs === null)).toEqual([]);
    expect(Math.abs(delayMs ?? Infinity)).toBeLessThan(20);
    expect(summary.video?.startMs).toBe(0);
    expect(Math.abs(summary.durationMs - 20_000)).toBeLessThan(50);
  });
});
