import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { CLOCK_ORIGIN, probeClip } from '@hindsight/rig/media/clip-probe';
import { runFfmpeg, runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { openVideoPage } from '@hindsight/rig/browsers/video-page';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { GiB, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPictures } from '../lifecycle/clip-pictures.ts';
import { createLinks } from '../../links/links.service.ts';
import { openClipServer } from '../../testing/clip-server.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';
import { watch } from '../testing/watch.ts';

/** The setup captures and post-processes seven clips. */
const SETUP_MS = 180_000;
const TILE_BYTES = 160 * 90;
/** The clip with two sizes changes from 1024x256 to 1024x576 just after this time, so the smaller pictures get bars of this height. */
const CHANGE_MS = 2450;
const BAR_HEIGHT = (576 - 256) / 2;

/** A small copy in these tests is at most this large. */
const SMALL_BYTES = 350_000;

type Media = Partial<Parameters<CaptureStage['record']>[1]>;

/** All clips are captured first, and then post-processed one after the other. */
describe('a clip after post-processing', () => {
  let stage: CaptureStage;
  let startMs: number;
  let postProcessing: Awaited<ReturnType<CaptureStage['startPostProcessing']>>;
  let smallCopies: Awaited<ReturnType<CaptureStage['startSmallCopies']>>;
  let plain: Owned;
  let still: Owned;
  let roomless: Owned;
  let silentRoomless: Owned;
  let trimmed: Owned;
  let resized: Owned;
  let silent: Owned;
  let before: ClipVideo;
  let resizedBefore: ClipVideo;
  let silentBefore: ClipVideo;
  let source: Awaited<ReturnType<typeof watch>>;

  /** The clip is as it was when it became READY, with its owner. */
  interface Owned {
    capturer: Capturer;
    clip: ClipDto;
  }
  type ClipVideo = Awaited<ReturnType<typeof file>>;

  beforeAll(async () => {
    stage = await openCaptureStage();
    // The share beeps at whole seconds, far from where the clip begins and ends.
    startMs = Math.floor(Date.now() / SECOND) * SECOND - 20 * SECOND;
    [plain, still, roomless, trimmed, silent] = await Promise.all([
      captured(),
      captured({ stillFromMs: 4500 }),
      captured(),
      captured(),
      captured({ hasAudio: false }),
    ]);
    resized = await capturedOverChange();
    silentRoomless = await capturedOverChange({ hasAudio: false });
    await giveRoom(roomless, 0);
    await giveRoom(silentRoomless, 0);
    before = await file(plain);
    resizedBefore = await file(resized);
    silentBefore = await file(silent);
    source = await watch(stage.pathOf(before.storageKey), { nearMs: startMs });
    postProcessing = await stage.startPostProcessing();
    smallCopies = await stage.startSmallCopies({ maxBytes: SMALL_BYTES });
    await postProcessAll();
  }, SETUP_MS);
  afterAll(async () => {
    postProcessing.close();
    smallCopies.close();
    await stage.close();
  });

  async function captured(media: Media = {}): Promise<Owned> {
    const capturer = await stage.createCapturer();
    const small = { startMs, durationMs: 12 * SECOND, width: 1024, height: 256 };
    await stage.record(capturer, { ...small, ...media });
    const { clip } = await stage.captureRange(capturer, startMs + 2530, startMs + 11_530);
    return { capturer, clip: await stage.settled(capturer, clip.id) };
  }

  /** Captures some seconds of one size, from between two keyframes on, and four of another. */
  async function capturedOverChange(media: Media = {}): Promise<Owned> {
    const capturer = await stage.createCapturer();
    const half = { durationMs: 4 * SECOND, width: 1024, ...media };
    await stage.record(capturer, { ...half, startMs, height: 256 });
    await stage.record(capturer, { ...half, startMs: startMs + 4 * SECOND, height: 576 });
    const { clip } = await stage.captureRange(capturer, startMs + 1530, startMs + 8 * SECOND);
    return { capturer, clip: await stage.settled(capturer, clip.id) };
  }

  async function postProcessAll(): Promise<void> {
    await postProcessing.sweep();
    await stage.jobs.runAll();
  }

  const giveRoom = ({ capturer }: Owned, bytes: number) =>
    stage.db.userReplayQuota.updateMany({
      where: { userId: capturer.user.id },
      data: { quotaBytes: BigInt(bytes) },
    });
  const now = ({ capturer, clip }: Owned) => stage.clips.get(capturer.user.id, clip.id);
  const file = ({ capturer, clip }: Owned, version?: string) =>
    stage.clips.file(capturer.user.id, clip.id, 'video', version);
  const versionOf = (clip: ClipDto) =>
    new URL(clip.videoUrl ?? '', 'http://localhost').searchParams.get('v') ?? '';
  const usedBytes = async ({ capturer }: Owned) => (await stage.quota.mine(capturer.user.id)).usedBytes;

  /** Watches a video whose pictures are smaller than they were recorded. */
  async function watchScaled(path: string) {
    const { video } = await probeClip(path);
    const scale = (video?.width ?? 0) / 1024;
    const { x, y } = CLOCK_ORIGIN;
    return watch(path, { nearMs: startMs, x: Math.round(x * scale), y: Math.round(y * scale), scale });
  }

  async function filesOf({ capturer }: Owned): Promise<string[]> {
    return (await stage.storedFiles()).filter((path) => path.includes(capturer.user.id));
  }

  async function deleteWhatIsDue(): Promise<void> {
    await stage.db.storageDeletion.updateMany({ data: { dueAt: new Date(0) } });
    await stage.deleteRemoved(new AbortController().signal);
  }

  it('has sound for every player, with all pictures and times unchanged', async () => {
    const { clip } = plain;
    expect(clip.audioCodec).toBe('opus');
    expect(await now(plain)).toMatchObject({
      status: 'READY',
      audioCodec: 'aac',
      durationMs: clip.durationMs,
    });
    const after = await file(plain);
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

  it('begins with its first picture in players that ignore edit lists, with no hidden pictures before', async () => {
    const path = stage.pathOf((await file(plain)).storageKey);
    const plainly = await watch(path, { nearMs: startMs, knowsEditLists: false });
    expect(plainly.frames).toEqual(source.frames);
    const pictures = await readPictures(path);
    expect(pictures).toHaveLength(source.frames.length);
    // The rest is not encoded again.
    const copied = await packetHashes(stage.pathOf(before.storageKey));
    const seam = pictures.findIndex(({ isKeyframe }, index) => isKeyframe && index > 0);
    expect((await packetHashes(path)).slice(seam)).toEqual(copied.slice(seam - pictures.length));
  });

  it('without sound begins there too', async () => {
    expect(await now(silent)).toMatchObject({ audioCodec: null, durationMs: silent.clip.durationMs });
    const after = await file(silent);
    expect(after.storageKey).not.toBe(silentBefore.storageKey);
    const path = stage.pathOf(after.storageKey);
    const { frames } = await watch(path, { nearMs: startMs, knowsEditLists: false });
    expect(frames).toEqual((await watch(stage.pathOf(silentBefore.storageKey), { nearMs: startMs })).frames);
    expect((await now(silent)).sprite?.count).toBe(18);
    // Processing it once more doesn't change it.
    await postProcessAll();
    expect((await file(silent)).storageKey).toBe(after.storageKey);
  });

  it('has a sprite whose pictures show their moments', async () => {
    const { sprite } = await now(plain);
    expect(sprite).toMatchObject({ columns: 10, rows: 2, count: 18 });
    const { storageKey } = await stage.clips.file(plain.capturer.user.id, plain.clip.id, 'sprite');
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0'],
      stage.pathOf(storageKey),
    ]);
    expect(stdout.trim()).toBe('1600,180');
    await expectTilesInTime(plain.clip, {
      sprite: stage.pathOf(storageKey),
      video: before,
      frames: source.frames,
    });
  });

  it('has a sprite across a change of size, each picture fitted into its tile', async () => {
    const { sprite } = await now(resized);
    expect(sprite).toMatchObject({ count: 12 });
    const { storageKey } = await stage.clips.file(resized.capturer.user.id, resized.clip.id, 'sprite');
    const { frames } = await watch(stage.pathOf(resizedBefore.storageKey), { nearMs: startMs });
    await expectTilesInTime(resized.clip, {
      ...{ sprite: stage.pathOf(storageKey), video: resizedBefore, frames },
    });
  });

  it('has one size after a change of size, with the smaller pictures fitted into the larger', async () => {
    const was = stage.pathOf(resizedBefore.storageKey);
    const path = stage.pathOf((await file(resized)).storageKey);
    const { samples } = trackOf(await readMovieTracks(path), 'video');
    expect(new Set(samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(1);
    const earlier = await watch(was, { nearMs: startMs });
    const smallCount = earlier.frames.filter(({ ptsMs }) => ptsMs < CHANGE_MS).length;
    expect(smallCount).toBeGreaterThan(30);
    const small = await watch(path, {
      nearMs: startMs,
      y: CLOCK_ORIGIN.y + BAR_HEIGHT,
      knowsEditLists: false,
    });
    const large = await watch(path, { nearMs: startMs, knowsEditLists: false });
    expect(small.frames.slice(0, smallCount)).toEqual(earlier.frames.slice(0, smallCount));
    expect(large.frames.slice(smallCount)).toEqual(earlier.frames.slice(smallCount));
    expect(large.frames).toHaveLength(earlier.frames.length);
    expect(Math.abs((large.audioDelayMs ?? 100) - (earlier.audioDelayMs ?? 0))).toBeLessThan(5);
    // The larger pictures are not encoded again.
    const copied = smallCount - samples.length;
    expect((await packetHashes(path)).slice(copied)).toEqual((await packetHashes(was)).slice(copied));
    expect(await usedBytes(resized)).toBe((await file(resized)).sizeBytes);
  });

  it('keeps the colours of pictures that were fitted into a larger size', async () => {
    const first = ['-t', String((CHANGE_MS - 200) / SECOND), '-i'];
    const was = stage.pathOf(resizedBefore.storageKey);
    const path = stage.pathOf((await file(resized)).storageKey);
    const graph = `[1:v]crop=1024:256:0:${BAR_HEIGHT}[cut];[0:v][cut]psnr`;
    const { stderr } = await runFfmpeg([
      ...[...first, was, ...first, path, '-filter_complex', graph, '-f', 'null', '-'],
    ]);
    const likeness = /PSNR y:([\d.]+) u:([\d.]+) v:([\d.]+)/.exec(stderr)?.slice(1).map(Number) ?? [];
    expect(likeness).toHaveLength(3);
    expect(Math.min(...likeness)).toBeGreaterThan(36);
  });

  it('plays in one size over a change of size', async () => {
    const server = await openClipServer(stage, resized.capturer);
    await using page = await openVideoPage(server.origin);
    const { videoUrl, durationMs } = await now(resized);
    await page.load(videoUrl ?? '');
    const played = await page.playFrom(0);
    expect(played.sizes).toEqual(['1024x576']);
    expect(Math.abs(played.endedAtSeconds - durationMs / SECOND)).toBeLessThan(0.1);
    await server.close();
  });

  /** Checks that each tile is most similar to the picture that is on screen at its time. */
  async function expectTilesInTime(
    { durationMs }: ClipDto,
    seen: { sprite: string; video: ClipVideo; frames: typeof source.frames },
  ): Promise<void> {
    const { frames } = seen;
    const video = stage.pathOf(seen.video.storageKey);
    const fit = 'scale=160:90:force_original_aspect_ratio=decrease,pad=160:90:-1:-1,format=gray';
    const pictures = await gray(['-i', video, '-map', '0:v', '-fps_mode', 'passthrough', '-vf', fit]);
    expect(pictures).toHaveLength(frames.length * TILE_BYTES);
    const count = Math.floor(durationMs / 500);
    for (const index of [0, 7, count - 1]) {
      const crop = `crop=160:90:${(index % 10) * 160}:${Math.floor(index / 10) * 90},format=gray`;
      const tile = await gray(['-i', seen.sprite, '-vf', crop]);
      const differences = frames.map((_, frame) =>
        meanDifference(tile, pictures.subarray(frame * TILE_BYTES, (frame + 1) * TILE_BYTES)),
      );
      const atMs = (index * durationMs) / count;
      expect(differences.indexOf(Math.min(...differences))).toBe(
        frames.findLastIndex(({ ptsMs }) => ptsMs <= atMs + 1),
      );
    }
  }

  it('keeps its earlier file for current viewers, and counts only the new one', async () => {
    const processed = await now(plain);
    expect(versionOf(processed)).not.toBe(versionOf(plain.clip));
    expect(await file(plain, versionOf(plain.clip))).toEqual(before);
    expect(await file(plain, versionOf(processed))).toEqual(await file(plain));
    expect(await usedBytes(plain)).toBe(processed.sizeBytes);
    expect(processed.sizeBytes).toBe((await file(plain)).sizeBytes);

    // It is deleted when its time is over.
    await deleteWhatIsDue();
    expect(await file(plain, versionOf(plain.clip))).toEqual(await file(plain));
    expect(await filesOf(plain)).toHaveLength(3);
    const mine = { storageKey: { contains: plain.capturer.user.id } };
    expect(await stage.db.file.count({ where: mine })).toBe(3);
  });

  it('shows its last picture to the end when nothing moves', async () => {
    const { summary } = await watch(stage.pathOf((await file(still)).storageKey), { nearMs: startMs });
    expect(summary.audio?.codec).toBe('aac');
    expect(Math.abs((summary.video?.durationMs ?? 0) - still.clip.durationMs)).toBeLessThan(25);
  });

  it('stays as it is when there is no space for a larger file', async () => {
    const { sizeBytes } = await now(roomless);
    if (sizeBytes !== roomless.clip.sizeBytes) expect(sizeBytes).toBeLessThan(roomless.clip.sizeBytes);
    expect(await usedBytes(roomless)).toBe(sizeBytes);
    await giveRoom(roomless, GiB);
    await postProcessAll();
    expect((await now(roomless)).audioCodec).toBe('aac');
  });

  it('without sound, too, gets a larger file when there is space again', async () => {
    expect((await now(silentRoomless)).sprite?.count).toBe(12);
    const earlier = await file(silentRoomless);
    expect(earlier.sizeBytes).toBe(silentRoomless.clip.sizeBytes);
    await giveRoom(silentRoomless, GiB);
    await postProcessAll();
    const after = await file(silentRoomless);
    expect(after.sizeBytes).toBeGreaterThan(earlier.sizeBytes);
    const { samples } = trackOf(await readMovieTracks(stage.pathOf(after.storageKey)), 'video');
    expect(new Set(samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(1);
    expect(await usedBytes(silentRoomless)).toBe(after.sizeBytes);
    // It isn't looked at again.
    const { id } = silentRoomless.clip;
    expect(await stage.db.replayClip.findUnique({ where: { id } })).toMatchObject({ upgradePutOffAt: null });
  });

  it('gets a small copy while it has a public link, which shows the same from its first picture on', async () => {
    const links = createLinks({ db: stage.db, events: stage.events, onChanged: smallCopies.linksChanged });
    const { capturer, clip } = plain;
    const small = async (version?: string) => links.file(token, 'small', version);
    const link = await links.create(capturer.user.id, clip.id, null);
    const token = link.path.replace('/l/', '');
    const whole = await file(plain);
    await stage.jobs.runAll();
    const copy = await small();
    expect(copy.sizeBytes).toBeLessThanOrEqual(SMALL_BYTES);
    expect(copy.storageKey).not.toBe(whole.storageKey);
    // Whoever began to play the whole clip goes on with it.
    expect((await small(versionOf(await now(plain)))).storageKey).toBe(whole.storageKey);
    expect(await usedBytes(plain)).toBe((await now(plain)).sizeBytes);
    const path = stage.pathOf(copy.storageKey);
    const inWhole = await watch(stage.pathOf(whole.storageKey), { nearMs: startMs });
    const inCopy = await watchScaled(path);
    expect(Math.abs(inCopy.summary.durationMs - inWhole.summary.durationMs)).toBeLessThan(100);
    expect(inCopy.frames[0]).toEqual(inWhole.frames[0]);
    expect(inCopy.frames.at(-1)).toEqual(inWhole.frames.at(-1));
    // The first two pictures are closer than a thirtieth of a second, so the copy has one of them.
    expect(inCopy.frames).toHaveLength(inWhole.frames.length - 1);
    expect(Math.abs((inCopy.audioDelayMs ?? 0) - (inWhole.audioDelayMs ?? Number.NaN))).toBeLessThan(20);
    await links.revoke(capturer.user.id, link.id);
    await deleteWhatIsDue();
    expect(await stage.storedFiles()).not.toContain(copy.storageKey);
  });

  it('gets a new sprite when it is replaced by a trim, and loses its earlier files', async () => {
    const { capturer, clip } = trimmed;
    expect((await now(trimmed)).sprite?.count).toBe(18);
    await stage.trim(capturer, { clipId: clip.id, fromMs: 1000, toMs: 4000, mode: 'replace' });
    await expect.poll(async () => (await now(trimmed)).durationMs, { timeout: 60_000 }).toBe(3000);
    await expect.poll(async () => (await now(trimmed)).sprite?.count, { timeout: 60_000 }).toBe(6);
    await stage.jobs.runAll();
    expect(await usedBytes(trimmed)).toBe((await now(trimmed)).sizeBytes);
    await deleteWhatIsDue();
    expect(await filesOf(trimmed)).toHaveLength(3);
    const pictures = await readPictures(stage.pathOf((await file(trimmed)).storageKey));
    expect(pictures[0]?.atSeconds).toBe(0);

    // The first half second was encoded again, the others are copies.
    const server = await openClipServer(stage, capturer);
    await using page = await openVideoPage(server.origin);
    await page.load((await now(trimmed)).videoUrl ?? '');
    const played = await page.playFrom(0);
    expect(Math.abs(played.endedAtSeconds - 3)).toBeLessThan(0.1);
    expect(played.pictures).toBeGreaterThan(8);
    await server.close();
  });
});

async function packetHashes(path: string): Promise<string[]> {
  const entries = ['-show_entries', 'packet=data_hash', '-show_data_hash', 'md5', '-of', 'csv=p=0'];
  const { stdout } = await runFfprobe(['-ignore_editlist', '1', '-select_streams', 'v', ...entries, path]);
  return stdout.toString().match(/MD5:\w+/g) ?? [];
}

async function gray(args: string[]): Promise<Buffer> {
  const { stdout } = await runFfmpeg([...args, '-f', 'rawvideo', 'pipe:1']);
  return stdout;
}

function meanDifference(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  return one.reduce((sum, value, index) => sum + Math.abs(value - (other[index] ?? 0)), 0) / one.length;
}
