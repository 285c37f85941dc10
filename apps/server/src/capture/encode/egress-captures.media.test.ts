import { copyFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beepOnsets, burntClock, type BurntFrame } from '@hindsight/rig/media/clip-probe';
import { runFfmpeg, runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { RECORDED_FROM_MS, RECORDED_MEDIA } from '@hindsight/recorder/testing/egress/recorded';
import type { ClipEvent } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';

/** Egress writes thirty frames per second. */
const FRAME_MS = 1000 / 30;

describe('a capture of what egress recorded', () => {
  let stage: CaptureStage;
  let capturer: Capturer;
  /** Each recorded picture has its time in ms from the first one, and the clock that it shows. */
  let source: BurntFrame[];
  const startMs = Date.now() - 20 * SECOND;

  beforeAll(async () => {
    const seen: BurntFrame[] = [];
    for (const { path } of RECORDED_MEDIA)
      seen.push(...(await burntClock(path, { nearMs: RECORDED_FROM_MS })));
    const beganMs = seen[0]?.ptsMs ?? 0;
    source = seen.map(({ ptsMs, burntMs }) => ({ ptsMs: ptsMs - beganMs, burntMs }));
  });
  beforeEach(async () => {
    stage = await openCaptureStage();
    capturer = await stage.createCapturer();
  });
  afterEach(() => stage.close());

  /** Returns the pictures of a clip of a range, in ms from the start of the recording. */
  async function captured(fromMs: number, toMs: number) {
    const { clip } = await stage.captureRange(capturer, startMs + fromMs, startMs + toMs);
    expect(await stage.settled(capturer, clip.id)).toMatchObject({ status: 'READY', videoCodec: 'h264' });
    return burntClock(stage.videoPath(capturer, clip.id), { nearMs: RECORDED_FROM_MS });
  }

  /** Returns the pictures of a clip that differ from what was on screen at that time by more than a frame. */
  function wrong(frames: readonly BurntFrame[], atMs: (ptsMs: number) => number): BurntFrame[] {
    return frames.filter(({ ptsMs, burntMs }) => {
      const near = source.filter((one) => Math.abs(one.ptsMs - atMs(ptsMs)) < FRAME_MS);
      return !near.some((one) => one.burntMs === burntMs);
    });
  }

  it('begins and ends with the requested picture, and shows all pictures in order', async () => {
    await stage.recordByEgress(capturer, { startMs });
    for (const [fromMs, toMs] of [
      [1517, 7500],
      [3990, 9000],
      // This range begins and ends between two keyframes.
      [2000, 3000],
    ] as const) {
      const frames = await captured(fromMs, toMs);
      expect(wrong(frames, (ptsMs) => fromMs + ptsMs)).toEqual([]);
      expect(frames[0]?.ptsMs).toBe(0);
      // With B-frames some more pictures may be at the end, because others need them.
      expect(Math.abs((frames.at(-1)?.ptsMs ?? 0) - (toMs - fromMs))).toBeLessThan(6 * FRAME_MS);
    }
  });

  describe('that begins with sound alone', () => {
    const LATE_SECONDS = 0.41;
    /** This is the segment as an MP4, whose sound begins at 0. */
    let alone: Watched;
    let media: { path: string; durationMs: number }[];

    /** Egress starts the picture up to half a second after the sound. */
    beforeEach(async () => {
      const [{ path, durationMs }] = RECORDED_MEDIA;
      const late = join(stage.directory, 'late.ts');
      const startTime = ['-show_entries', 'format=start_time', '-of', 'csv=p=0'];
      const { stdout } = await runFfprobe(['-v', 'error', ...startTime, path]);
      const cut = ['-vf', `trim=start=${Number(stdout.toString()) + LATE_SECONDS}`];
      const encoded = [...cut, '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-c:a', 'copy'];
      await runFfmpeg([
        '-copyts',
        '-i',
        path,
        '-map',
        '0',
        ...encoded,
        '-muxdelay',
        '0',
        '-f',
        'mpegts',
        late,
      ]);
      media = [{ path: late, durationMs }];
      await runFfmpeg(['-i', late, '-c', 'copy', join(stage.directory, 'late.mp4')]);
      alone = await watch(join(stage.directory, 'late.mp4'));
    });

    interface Watched {
      frames: BurntFrame[];
      onsets: number[];
    }

    async function watch(file: string): Promise<Watched> {
      const frames = await burntClock(file, { nearMs: RECORDED_FROM_MS });
      return { frames, onsets: (await beepOnsets(file)).slice(1) };
    }

    it('begins with the first picture, and says so', async () => {
      await stage.recordByEgress(capturer, { startMs, media });
      const { clip } = await stage.captureRange(capturer, startMs, startMs + 3500);
      const made = await stage.settled(capturer, clip.id);
      expect(made.status).toBe('READY');
      const lateMs = alone.frames[0]?.ptsMs ?? 0;
      expect(lateMs).toBeGreaterThan(400);
      expect(Math.abs(Date.parse(made.from) - startMs - lateMs)).toBeLessThanOrEqual(1);
      const { frames, onsets } = await watch(stage.videoPath(capturer, clip.id));
      // At the end, more pictures may follow that others need.
      const inOrder = (pictures: readonly BurntFrame[], fromMs: number) =>
        pictures.slice(0, 85).map(({ ptsMs, burntMs }) => [Math.round(ptsMs - fromMs), burntMs]);
      expect(inOrder(frames, 0)).toEqual(inOrder(alone.frames, lateMs));
      expect(onsets).toEqual(
        alone.onsets.map((at) => expect.closeTo(at - lateMs, -1)).slice(0, onsets.length),
      );
      expect(onsets.length).toBeGreaterThanOrEqual(2);
    });

    it('holds the first picture until then where it has to be encoded', async () => {
      await stage.recordByEgress(capturer, { startMs, media });
      // The configuration of this one is another.
      await stage.recordByEgress(capturer, { startMs: startMs + 6000 });
      const { clip } = await stage.captureRange(capturer, startMs, startMs + 8000);
      expect(await stage.settled(capturer, clip.id)).toMatchObject({ status: 'READY' });
      const { frames, onsets } = await watch(stage.videoPath(capturer, clip.id));
      expect(frames[0]).toEqual({ ptsMs: 0, burntMs: alone.frames[0]?.burntMs });
      const shown = frames.filter(({ ptsMs }) => ptsMs > 500 && ptsMs < 3900);
      expect(shown.length).toBeGreaterThan(95);
      for (const { ptsMs, burntMs } of shown) {
        const near = alone.frames.filter((one) => Math.abs(one.ptsMs - ptsMs) <= FRAME_MS);
        expect(near.map((one) => one.burntMs)).toContain(burntMs);
      }
      expect(onsets.slice(0, 2)).toEqual(alone.onsets.slice(0, 2).map((at) => expect.closeTo(at, -1.5)));
    });
  });

  it('has no sound where the share had none, alone and beside another recording', async () => {
    const [{ path, durationMs }] = RECORDED_MEDIA;
    const silent = join(stage.directory, 'silent.ts');
    await runFfmpeg(['-copyts', '-i', path, '-an', '-c:v', 'copy', '-muxdelay', '0', '-f', 'mpegts', silent]);
    await stage.recordByEgress(capturer, { startMs, media: [{ path: silent, durationMs }] });
    const { clip } = await stage.captureRange(capturer, startMs + 500, startMs + 3500);
    const alone = await stage.settled(capturer, clip.id);
    expect(alone).toMatchObject({ status: 'READY', videoCodec: 'h264', audioCodec: null });
    const frames = await burntClock(stage.videoPath(capturer, clip.id), { nearMs: RECORDED_FROM_MS });
    expect(wrong(frames, (ptsMs) => 500 + ptsMs)).toEqual([]);

    await stage.recordByEgress(capturer, { startMs: startMs + 6000 });
    const both = await stage.captureRange(capturer, startMs + 1000, startMs + 9000);
    expect(await stage.settled(capturer, both.clip.id)).toMatchObject({
      status: 'READY',
      audioCodec: 'opus',
    });
    const onsets = await beepOnsets(stage.videoPath(capturer, both.clip.id));
    expect(onsets.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...onsets)).toBeGreaterThan(2900);
  });

  it('is kept as far as it can be watched when a segment holds less than its playlist says', async () => {
    const [whole, { path, durationMs }] = RECORDED_MEDIA;
    const short = join(stage.directory, 'short.ts');
    await copyFile(path, short);
    await truncate(short, Math.floor((await stat(path)).size / 2));
    await stage.recordByEgress(capturer, {
      startMs,
      media: [whole, { path: short, durationMs }],
    });
    const { clip } = await stage.captureRange(capturer, startMs + 1000, startMs + 8000);
    const made = await stage.settled(capturer, clip.id);
    expect(made.status).toBe('READY');
    expect(made.durationMs).toBeGreaterThan(3500);
    expect(made.durationMs).toBeLessThan(6500);
  });

  it('is trimmed to the picture too: its pictures are reordered, so all of them are encoded', async () => {
    await stage.recordByEgress(capturer, { startMs });
    const { clip } = await stage.captureRange(capturer, startMs + 1517, startMs + 7500);
    await stage.settled(capturer, clip.id);
    const input = { clipId: clip.id, fromMs: 1111, toMs: 3456, mode: 'new' as const };
    const trim = await stage.settled(capturer, (await stage.trim(capturer, input)).id);
    expect(trim).toMatchObject({ status: 'READY', audioCodec: 'aac' });
    expect(Math.abs(trim.durationMs - 2345)).toBeLessThanOrEqual(1);
    const frames = await burntClock(stage.videoPath(capturer, trim.id), {
      ...{ nearMs: RECORDED_FROM_MS, knowsEditLists: false },
    });
    expect(wrong(frames, (ptsMs) => 1517 + 1111 + ptsMs)).toEqual([]);
    expect(frames[0]?.ptsMs).toBe(0);
    expect(frames.length).toBeGreaterThan(2.3 * 30);
  });

  it('continues after a gap with the first picture behind it', async () => {
    const { folder } = await stage.recordByEgress(capturer, { startMs });
    await rm(join(folder, 'segment_00001.ts'));
    const frames = await captured(1500, 10_000);
    expect(wrong(frames, (ptsMs) => (ptsMs < 2500 ? 1500 + ptsMs : 5500 + ptsMs))).toEqual([]);
    expect(frames[0]?.ptsMs).toBe(0);
  });

  it('joins two recordings of one configuration as they are, without what the first holds beyond its end', async () => {
    const [a, b, c, d] = RECORDED_MEDIA;
    const blackMs = 600;
    await stage.recordByEgress(capturer, {
      startMs,
      media: [a, { ...b, durationMs: b.durationMs - blackMs }],
    });
    await stage.recordByEgress(capturer, { startMs: startMs + 12_000, media: [c, d] });
    const phases = new Set<string | null>();
    stage.events.listen('clip', ({ event }: { event: ClipEvent }) => {
      if (event.type === 'changed') phases.add(event.clip.phase);
    });
    const fromMs = 1500;
    const frames = await captured(fromMs, 17_000);
    expect([...phases]).toContain('WRITING');
    expect([...phases]).not.toContain('ENCODING');

    const jointMs = a.durationMs + b.durationMs - blackMs - fromMs;
    const cAtMs = a.durationMs + b.durationMs;
    const recordedAt = (ptsMs: number) => (ptsMs < jointMs ? fromMs + ptsMs : cAtMs + ptsMs - jointMs);
    expect(wrong(frames, recordedAt)).toEqual([]);
    // Some pictures in front of the joint are missing, because they are stored behind others that are shown later.
    expect(frames.length).toBeGreaterThan(30 * 10.5 - 10);
    for (const key of ['ptsMs', 'burntMs'] as const) {
      const shown = frames.map((frame) => frame[key] ?? 0);
      expect(shown).toEqual(shown.toSorted((one, other) => one - other));
    }
  });

  it('waits for its tail without delaying other captures', async () => {
    const waiting = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const sharer = await stage.createCapturer();
        await stage.recordByEgress(sharer, { startMs, isRunning: true });
        return sharer;
      }),
    );
    const published = Promise.withResolvers<void>();
    stage.recorder.flushesAtOnce = false;
    stage.recorder.flush = () => published.promise;
    const clips = await Promise.all(
      waiting.map(async (sharer) => {
        const { clip } = await stage.captureRange(sharer, startMs + 9000, startMs + 15_000);
        return { sharer, id: clip.id };
      }),
    );
    await stage.recordByEgress(capturer, { startMs });
    expect(await captured(2000, 3000)).not.toEqual([]);
    for (const { sharer, id } of clips)
      expect(await stage.clips.get(sharer.user.id, id)).toMatchObject({
        status: 'PROCESSING',
        phase: 'WAITING',
      });

    published.resolve();
    for (const { sharer, id } of clips)
      expect(await stage.settled(sharer, id)).toMatchObject({ status: 'READY' });
  });
});
