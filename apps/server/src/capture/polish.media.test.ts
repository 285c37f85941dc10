import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { runFfmpeg } from '@hindsight/e2e/rig/run-ffmpeg';
import type { ClipDto } from '@hindsight/shared/clip';
import { GiB, SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClipIndex } from './clip-index.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from './testing/stage.ts';
import { watch } from './testing/watch.ts';

const TILE_BYTES = 160 * 90;

type Media = Partial<Parameters<CaptureStage['record']>[1]>;

describe('a clip, some time after it is READY', () => {
  let stage: CaptureStage;
  let capturer: Capturer;
  let startMs: number;
  let polishing: Awaited<ReturnType<CaptureStage['startPolishing']>> | undefined;
  beforeEach(async () => {
    stage = await openCaptureStage();
    polishing = undefined;
    capturer = await stage.createCapturer();
    startMs = Date.now() - 20 * SECOND;
  });
  afterEach(async () => {
    polishing?.close();
    await stage.close();
  });

  async function captured(media: Media = {}): Promise<ClipDto> {
    const small = { startMs, durationMs: 12 * SECOND, width: 1024, height: 256 };
    await stage.record(capturer, { ...small, ...media });
    const { clip } = await stage.captureRange(capturer, startMs + 2530, startMs + 11_530);
    return stage.settled(capturer, clip.id);
  }

  async function polished(clip: ClipDto): Promise<ClipDto> {
    polishing ??= await stage.startPolishing();
    await polishing.sweep();
    await stage.jobs.runAll();
    return stage.clips.get(capturer.user.id, clip.id);
  }

  const file = (clip: ClipDto, version?: string) =>
    stage.clips.file(capturer.user.id, clip.id, 'video', version);
  const versionOf = (clip: ClipDto) =>
    new URL(clip.videoUrl ?? '', 'http://localhost').searchParams.get('v') ?? '';
  const usedBytes = async () => (await stage.quota.mine(capturer.user.id)).usedBytes;

  it('has sound that every player knows, with not a picture changed and nothing moved', async () => {
    const clip = await captured();
    expect(clip.audioCodec).toBe('opus');
    const before = await file(clip);
    const source = await watch(stage.pathOf(before.storageKey), { nearMs: startMs });
    const now = await polished(clip);

    expect(now).toMatchObject({ status: 'READY', audioCodec: 'aac', durationMs: clip.durationMs });
    const after = await file(now);
    expect(after.storageKey).not.toBe(before.storageKey);
    const path = stage.pathOf(after.storageKey);
    const seen = await watch(path, { nearMs: startMs });
    expect(seen.frames).toEqual(source.frames);
    expect(seen.summary).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } });
    expect(Math.abs((seen.audioDelayMs ?? 100) - (source.audioDelayMs ?? 0))).toBeLessThan(5);
    expect(seen.beepsMs).toHaveLength(source.beepsMs.length);
    const head = await readFile(path);
    expect(head.indexOf('moov')).toBeLessThan(head.indexOf('mdat'));
    expect(head.toString('latin1', 4, 12)).toBe('ftypisom');
  });

  it('keeps its earlier file for those who are watching it, and counts the new one alone', async () => {
    const clip = await captured();
    const before = await file(clip);
    const now = await polished(clip);
    expect(versionOf(now)).not.toBe(versionOf(clip));
    expect(await file(clip, versionOf(clip))).toEqual(before);
    expect(await file(now, versionOf(now))).toEqual(await file(now));
    expect(await usedBytes()).toBe(now.sizeBytes);
    expect(now.sizeBytes).toBe((await file(now)).sizeBytes);

    // When their time is up, it goes.
    await stage.db.storageDeletion.updateMany({ data: { dueAt: new Date(0) } });
    await stage.deleteRemoved(new AbortController().signal);
    expect(await file(clip, versionOf(clip))).toEqual(await file(now));
    expect(await stage.storedFiles()).toHaveLength(3);
    expect(await stage.db.file.count()).toBe(3);
  });

  it('keeps its picture of a still screen to the end', async () => {
    const clip = await captured({ stillFromMs: 4500 });
    const now = await polished(clip);
    const { summary } = await watch(stage.pathOf((await file(now)).storageKey), { nearMs: startMs });
    expect(Math.abs((summary.video?.durationMs ?? 0) - clip.durationMs)).toBeLessThan(25);
  });

  it('stays as it is when there is no room for a larger one', async () => {
    const clip = await captured();
    await stage.db.userReplayQuota.updateMany({ data: { quotaBytes: 0n } });
    const now = await polished(clip);
    if (now.sizeBytes !== clip.sizeBytes) expect(now.sizeBytes).toBeLessThan(clip.sizeBytes);
    expect(await usedBytes()).toBe(now.sizeBytes);
    await stage.db.userReplayQuota.updateMany({ data: { quotaBytes: BigInt(GiB) } });
    expect((await polished(now)).audioCodec).toBe('aac');
  });

  it('has a sprite whose pictures are those of their moments', async () => {
    const clip = await captured();
    const { sprite } = await polished(clip);
    expect(sprite).toMatchObject({ columns: 10, rows: 2, count: 18 });
    const { storageKey } = await stage.clips.file(capturer.user.id, clip.id, 'sprite');
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0'],
      stage.pathOf(storageKey),
    ]);
    expect(stdout.trim()).toBe('1600,180');
    // Each tile is most like the picture that is on screen at its moment, of all.
    const video = stage.pathOf((await file(clip)).storageKey);
    const { frames } = await watch(video, { nearMs: startMs });
    const fit = 'scale=160:90:force_original_aspect_ratio=decrease,pad=160:90:-1:-1,format=gray';
    const pictures = await gray(['-i', video, '-map', '0:v', '-fps_mode', 'passthrough', '-vf', fit]);
    expect(pictures).toHaveLength(frames.length * TILE_BYTES);
    for (const index of [0, 7, 17]) {
      const crop = `crop=160:90:${(index % 10) * 160}:${Math.floor(index / 10) * 90},format=gray`;
      const tile = await gray(['-i', stage.pathOf(storageKey), '-vf', crop]);
      const differences = frames.map((_, frame) =>
        meanDifference(tile, pictures.subarray(frame * TILE_BYTES, (frame + 1) * TILE_BYTES)),
      );
      const atMs = (index * clip.durationMs) / 18;
      expect(differences.indexOf(Math.min(...differences))).toBe(
        frames.findLastIndex(({ ptsMs }) => ptsMs <= atMs + 1),
      );
    }
  });

  it('gets a new sprite when it is trimmed in place, and loses what it had before', async () => {
    const clip = await captured();
    await polished(clip);
    await stage.trim(capturer, { clipId: clip.id, fromMs: 1000, toMs: 4000, mode: 'replace' });
    const get = () => stage.clips.get(capturer.user.id, clip.id);
    await expect.poll(async () => (await get()).durationMs, { timeout: 60_000 }).toBe(3000);
    await expect.poll(async () => (await get()).sprite?.count, { timeout: 60_000 }).toBe(6);
    await stage.jobs.runAll();
    expect(await usedBytes()).toBe((await get()).sizeBytes);
    await stage.db.storageDeletion.updateMany({ data: { dueAt: new Date(0) } });
    await stage.deleteRemoved(new AbortController().signal);
    expect(await stage.storedFiles()).toHaveLength(3);
    const { pictures } = await readClipIndex(stage.pathOf((await file(await get())).storageKey));
    expect(pictures[0]?.atSeconds).toBe(0);
  });
});

async function gray(args: string[]): Promise<Buffer> {
  const { stdout } = await runFfmpeg([...args, '-f', 'rawvideo', 'pipe:1']);
  return stdout;
}

function meanDifference(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  return one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length;
}
