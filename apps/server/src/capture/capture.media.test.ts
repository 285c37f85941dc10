import { readFile, truncate, writeFile } from 'node:fs/promises';
import { burntClock } from '@hindsight/rig/media/clip-probe';
import type { SyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import type { ClipEvent } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCaptureStage, type Capturer, type CaptureStage } from '../testing/capture-stage.ts';
import { watch } from './testing/watch.ts';

/** The tolerance is one frame of these shares, at 15 per second, and the rounding of its clock. */
const FRAME_MS = 70;

describe('capture', () => {
  let stage: CaptureStage;
  let capturer: Capturer;
  /** All tests share this time, and so their media. Beeps begin at whole seconds. */
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 70 * SECOND + 500;
  beforeEach(async () => {
    stage = await openCaptureStage();
    capturer = await stage.createCapturer();
  });
  afterEach(() => stage.close());

  async function captured(fromMs: number, toMs: number) {
    const { clip } = await stage.captureRange(capturer, fromMs, toMs);
    return stage.settled(capturer, clip.id);
  }

  /** Returns the clip's pictures as offsets from a moment. */
  async function watched(clipId: string, originMs: number) {
    const seen = await watch(stage.videoPath(capturer, clipId), { nearMs: originMs });
    const drawn = seen.frames.map(({ ptsMs, burntMs }) => ({
      ptsMs,
      drawnMs: burntMs === null ? null : burntMs - originMs,
    }));
    return { ...seen, drawn, first: drawn[0], second: drawn[1], last: drawn.at(-1) };
  }

  it('saves exactly the requested range, with a picture from the first frame on and sound in sync', async () => {
    await stage.record(capturer, { startMs, durationMs: 16 * SECOND });
    const { clip, isShorterThanAsked } = await stage.captureRange(capturer, startMs + 6530, startMs + 14_530);
    expect(clip).toMatchObject({ status: 'PROCESSING', title: 'Lounge, 0:08', durationMs: 8000 });
    expect(isShorterThanAsked).toBe(false);

    const ready = await stage.settled(capturer, clip.id);
    expect(ready).toMatchObject({ status: 'READY', width: 1024, height: 256 });
    expect(ready).toMatchObject({ videoCodec: 'h264', audioCodec: 'opus' });
    expect(Math.abs(ready.durationMs - 8000)).toBeLessThan(30);

    const { drawn, first, second, last, summary, audioDelayMs } = await watched(ready.id, startMs);
    expect(drawn.filter(({ drawnMs }) => drawnMs === null)).toEqual([]);
    // The first picture is the one that was on screen at the start. The next one appears exactly when it was drawn.
    expect(first?.ptsMs).toBe(0);
    expect(6530 - (first?.drawnMs ?? 0)).toBeGreaterThanOrEqual(-10);
    expect(6530 - (first?.drawnMs ?? 0)).toBeLessThan(FRAME_MS + 10);
    expect(Math.abs((second?.drawnMs ?? 0) - (second?.ptsMs ?? 0) - 6530)).toBeLessThan(15);
    expect(last?.drawnMs).toBeLessThanOrEqual(14_530);
    expect(last?.drawnMs).toBeGreaterThan(14_530 - FRAME_MS - 10);
    expect(Math.abs(audioDelayMs ?? Infinity)).toBeLessThan(15);
    expect(Math.abs(summary.durationMs - 8000)).toBeLessThan(30);
    expect((await stage.quota.mine(capturer.user.id)).usedBytes).toBe(summary.sizeBytes);

    const video = stage.videoPath(capturer, clip.id);
    // Firefox ignores edit lists: it begins with the lead-in of the audio decoder, not with the keyframe before.
    const everything = await burntClock(video, { nearMs: startMs, knowsEditLists: false });
    const [begun] = everything.filter(({ ptsMs }) => ptsMs > 100);
    expect(Math.abs((begun?.burntMs ?? 0) - startMs - 6530 - (begun?.ptsMs ?? 0))).toBeLessThan(
      100 + FRAME_MS,
    );

    await stage.jobs.runAll();
    const poster = video.replace('.mp4', '.jpg');
    expect((await stage.storedFiles()).toSorted()).toEqual([poster, video]);
    expect((await readFile(poster)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    // The index comes before the media, so a player can begin at once.
    const head = await readFile(video);
    expect(head.indexOf('moov')).toBeLessThan(head.indexOf('mdat'));
  });

  it('shows a picture that was drawn long before the start from the start on', async () => {
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND, framesPerSecond: 1 });
    const clip = await captured(startMs + 5700, startMs + 10_700);

    const { first, second, audioDelayMs } = await watched(clip.id, startMs);
    expect(first).toEqual({ ptsMs: 0, drawnMs: 5000 });
    expect(Math.abs((second?.ptsMs ?? 0) - 300)).toBeLessThan(15);
    expect(second?.drawnMs).toBe(6000);
    expect(Math.abs(clip.durationMs - 5000)).toBeLessThan(30);
    expect(audioDelayMs).not.toBeNull();
  });

  it('keeps the last picture on screen to the end when nothing moves any more', async () => {
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND, stillFromMs: 6500 });
    const clip = await captured(startMs + 5000, startMs + 10_700);

    expect(clip.status).toBe('READY');
    const { last, summary, audioDelayMs } = await watched(clip.id, startMs);
    expect(last).toMatchObject({ drawnMs: 10_000 });
    expect(Math.abs((summary.video?.durationMs ?? 0) - 5700)).toBeLessThan(15);
    expect(Math.abs(clip.durationMs - 5700)).toBeLessThan(15);
    expect(audioDelayMs).not.toBeNull();
  });

  it('uses the complete part of an open segment', async () => {
    const running = { startMs, durationMs: 16 * SECOND, unfinishedFragments: 1, isRunning: true };
    const session = await stage.record(capturer, running);
    const ready = await captured(startMs, startMs + 16 * SECOND);

    expect(session.endMs).toBe(startMs + 15 * SECOND);
    expect(Date.parse(ready.to)).toBe(session.endMs);
    const { first, last } = await watched(ready.id, startMs);
    expect(first).toEqual({ ptsMs: 0, drawnMs: 0 });
    expect(last?.drawnMs).toBe(14_933);
  });

  it('waits for the last moments before the request that are not written yet', async () => {
    const running = { startMs, durationMs: 16 * SECOND, unfinishedFragments: 1, isRunning: true };
    const session = await stage.record(capturer, running);
    let flushes = 0;
    stage.recorder.flush = async () => {
      flushes += 1;
      if (flushes === 3) await finishLastSegment(session);
    };
    const { clip } = await stage.captureRange(capturer, startMs + 10_000, startMs + 16_000);
    expect(clip.durationMs).toBe(6000);
    const ready = await stage.settled(capturer, clip.id);

    expect(Date.parse(ready.to)).toBe(startMs + 16_000);
    expect((await watched(ready.id, startMs)).last?.drawnMs).toBe(15_933);
  });

  it('saves the last minute of a share that has ended, up to its end', async () => {
    await stage.record(capturer, { startMs, durationMs: 66 * SECOND, framesPerSecond: 1 });
    const { clip, isShorterThanAsked } = await stage.captureLastMinute(capturer);
    const ready = await stage.settled(capturer, clip.id);

    expect(isShorterThanAsked).toBe(false);
    expect(ready).toMatchObject({ status: 'READY', title: 'Lounge, 1 min' });
    const { first, second, last } = await watched(ready.id, startMs);
    // The start is moved to that of an audio packet, at most half a packet away.
    expect(first?.ptsMs).toBe(0);
    expect([5000, 6000]).toContain(first?.drawnMs);
    expect(Math.abs((second?.drawnMs ?? 0) - (second?.ptsMs ?? 0) - 6000)).toBeLessThan(15);
    expect(last?.drawnMs).toBe(65_000);
  });

  it('joins two sessions without re-encoding and leaves the gap out', async () => {
    // The gap begins in the middle of one beep and ends in the middle of another, because a decoder takes the first for the
    // start of the second.
    await stage.record(capturer, { startMs, durationMs: 15_550 });
    await stage.record(capturer, { startMs: startMs + 22_550, durationMs: 8 * SECOND });
    const phases = phasesSeen(stage);
    const clip = await captured(startMs + 9500, startMs + 27_500);

    expect(phases).not.toContain('ENCODING');
    expect(Math.abs(clip.durationMs - 11_000)).toBeLessThan(30);
    const { drawn, beepsMs, audioDelayMs } = await watched(clip.id, startMs);
    const before = drawn.filter(({ ptsMs }) => ptsMs < 6040);
    const after = drawn.filter(({ ptsMs }) => ptsMs > 6040);
    for (const { ptsMs, drawnMs } of before.slice(1))
      expect(Math.abs((drawnMs ?? 0) - ptsMs - 9500)).toBeLessThan(15);
    for (const { ptsMs, drawnMs } of after)
      expect(Math.abs((drawnMs ?? 0) - ptsMs - 16_500)).toBeLessThan(15);
    expect(before.at(-1)?.drawnMs).toBe(15_533);
    expect(after[0]?.drawnMs).toBe(22_550);
    expect(beepsMs.length).toBeGreaterThanOrEqual(10);
    expect(Math.abs(audioDelayMs ?? Infinity)).toBeLessThan(15);
  });

  it('joins sessions of different sizes without re-encoding, each picture in its own', async () => {
    await stage.record(capturer, { startMs, durationMs: 16 * SECOND });
    const larger = { width: 1280, height: 400 };
    await stage.record(capturer, { startMs: startMs + 16 * SECOND, durationMs: 4 * SECOND, ...larger });
    const phases = phasesSeen(stage);
    const clip = await captured(startMs + 14_530, startMs + 18_530);

    expect(clip).toMatchObject({ status: 'READY', ...larger });
    expect(phases).not.toContain('ENCODING');
    expect(Math.abs(clip.durationMs - 4000)).toBeLessThan(30);
    const { drawn, audioDelayMs } = await watched(clip.id, startMs);
    for (const { ptsMs, drawnMs } of drawn.slice(1))
      expect(Math.abs((drawnMs ?? 0) - ptsMs - 14_530)).toBeLessThan(15);
    expect(Math.abs(audioDelayMs ?? Infinity)).toBeLessThan(15);

    // The trim has one second of each size.
    const { id } = await stage.trim(capturer, { clipId: clip.id, fromMs: 470, toMs: 2470, mode: 'new' });
    const trim = await stage.settled(capturer, id);
    expect(trim).toMatchObject({ status: 'READY', durationMs: 2000 });
    const cut = await watch(stage.videoPath(capturer, id), { nearMs: startMs });
    expect(Math.abs(cut.audioDelayMs ?? Infinity)).toBeLessThan(FRAME_MS);
    expect(cut.beepsMs).toHaveLength(2);
  });

  it('re-encodes sessions of different codecs into the largest size, letterboxed', async () => {
    await stage.record(capturer, { startMs, durationMs: 16 * SECOND });
    const larger = { width: 1280, height: 400 };
    await stage.record(capturer, {
      ...{ startMs: startMs + 16 * SECOND, durationMs: 4 * SECOND, codec: 'vp9' },
      ...larger,
    });
    const phases = phasesSeen(stage);
    const fromMs = startMs + 14 * SECOND;
    const clip = await captured(fromMs, fromMs + 4000);

    expect(clip).toMatchObject({ status: 'READY', ...larger });
    expect(phases).toContain('ENCODING');
    expect(Math.abs(clip.durationMs - 4000)).toBeLessThan(100);
    const path = stage.videoPath(capturer, clip.id);
    // 1024x256 in 1280x400 is scaled by 1.25, under a bar of 40 pixels.
    const small = await watch(path, { nearMs: startMs, x: 40, y: 215, scale: 1.25 });
    const large = await watch(path, { nearMs: startMs });
    const readable = (seen: typeof small) => seen.frames.filter(({ burntMs }) => burntMs !== null);
    for (const { ptsMs, burntMs } of [...readable(small), ...readable(large)])
      expect(Math.abs((burntMs ?? 0) - fromMs - ptsMs)).toBeLessThan(FRAME_MS + 10);
    expect(readable(small).at(-1)?.ptsMs).toBeGreaterThan(1800);
    expect(readable(large)[0]?.ptsMs).toBeLessThan(2200);
    expect(readable(small).length + readable(large).length).toBe(small.frames.length);
    expect(Math.abs(small.audioDelayMs ?? Infinity)).toBeLessThan(FRAME_MS);
  });

  it('saves a share without sound', async () => {
    await stage.record(capturer, { startMs, durationMs: 8 * SECOND, framesPerSecond: 5, hasAudio: false });
    const clip = await captured(startMs + 2000, startMs + 7000);
    expect(clip).toMatchObject({ status: 'READY', audioCodec: null });
    expect(Math.abs(clip.durationMs - 5000)).toBeLessThan(30);
  });

  it('leaves a truncated segment out', async () => {
    const { pieces } = await stage.record(capturer, { startMs, durationMs: 16 * SECOND });
    const damaged = pieces[2];
    // The segment is read before it is truncated: a segment that was complete once may not be any more.
    const { clip } = await stage.captureRange(capturer, startMs, startMs + 4000);
    await stage.settled(capturer, clip.id);
    await truncate(damaged?.path ?? '', Math.floor((damaged?.sizeBytes ?? 0) * 0.6));
    const ready = await captured(startMs + 6000, startMs + 14_000);

    expect(ready.status).toBe('READY');
    expect(Math.abs(ready.durationMs - 4000)).toBeLessThan(60);
    const { drawn } = await watched(ready.id, startMs);
    expect(drawn.filter(({ drawnMs }) => drawnMs === null || (drawnMs >= 8000 && drawnMs < 12_000))).toEqual(
      [],
    );
  });

  it('finishes with a clip or a clear failure when a segment is garbage', async () => {
    const { pieces } = await stage.record(capturer, { startMs, durationMs: 16 * SECOND });
    const path = pieces.at(-1)?.path ?? '';
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xa5, 2000, bytes.indexOf('moof', 2000) - 4));
    const clip = await captured(startMs + 8000, startMs + 16_000);

    if (clip.status === 'FAILED') expect(clip.errorCode).toBe('CONCATENATION_FAILED');
    else expect((await watched(clip.id, startMs)).first).toEqual({ ptsMs: 0, drawnMs: 8000 });
  });
});

/** Turns the open segment into a closed one. */
async function finishLastSegment({ playlistPath }: SyntheticSession): Promise<void> {
  const playlist = await readFile(playlistPath, 'utf8');
  await writeFile(
    playlistPath,
    playlist.replace(/#EXTINF:3\.000,\n#EXT-X-BYTERANGE:.*\n/, '#EXTINF:4.000,\n'),
  );
}

function phasesSeen(stage: CaptureStage): (string | null)[] {
  const phases: (string | null)[] = [];
  stage.events.listen('clip', ({ event }: { event: ClipEvent }) => {
    if (event.type === 'changed') phases.push(event.clip.phase);
  });
  return phases;
}
