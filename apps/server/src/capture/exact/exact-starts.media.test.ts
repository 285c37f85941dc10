import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { soundOf } from '@hindsight/rig/media/sound-of';
import { deviations } from '@hindsight/rig/tools/clip-truth';
import { viewDecoded } from '@hindsight/rig/tools/decoded-file';
import { parseMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findClipFile, type ClipVideo } from '../../clips/clip-files.ts';
import type { ServedVideo } from '../../clips/exact-videos.ts';
import { openClipServer } from '../../testing/clip-server.ts';
import type { ServerProcessOrder } from '../../testing/capture-process.ts';
import { captureForms, postProcessAll } from '../../testing/clip-forms.ts';
import {
  openCaptureStage,
  type Capturer,
  type CaptureStage,
  type StageOptions,
} from '../../testing/capture-stage.ts';
import { ffmpegThatEncodesBadly, slowFfmpeg } from '../testing/fake-ffmpeg.ts';
import { createExactStarts } from './exact-starts.ts';

const PATIENCE_MS = 60 * SECOND;
/** Nothing is made by itself within this time. */
const HELD_BACK_MS = 600 * SECOND;
const CAPTURE_PROCESS = new URL('../../testing/capture-process.ts', import.meta.url).pathname;

describe('a clip that is given away right after the press', () => {
  let directory: string;
  let stage: CaptureStage;
  let capturer: Capturer;
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND + SECOND / 2;
  /** The clip begins 3.4 s behind a keyframe. */
  const range = { fromMs: startMs + 3400, toMs: startMs + 9400 };
  beforeEach(async () => {
    dropDatabase = async () => undefined;
    directory = await mkdtemp(join(tmpdir(), 'hindsight-exact-'));
  });
  let dropDatabase: () => Promise<void> = async () => undefined;
  afterEach(async () => {
    await stage.close();
    await dropDatabase();
    await rm(directory, { recursive: true });
  });

  const media = { startMs, durationMs: 12 * SECOND, framesPerSecond: 30 };
  async function press(options: StageOptions = {}): Promise<ClipDto> {
    stage = await openCaptureStage({ finishDelayMs: HELD_BACK_MS, ...options });
    capturer = await stage.createCapturer();
    await stage.record(capturer, media);
    const { clip } = await stage.captureRange(capturer, range.fromMs, range.toMs);
    return stage.watchable(capturer, clip.id);
  }

  const videoOf = ({ id }: ClipDto): Promise<ClipVideo> => findClipFile(stage.db, id, 'video');
  const exactly = async (clip: ClipDto, patienceMs = PATIENCE_MS) =>
    stage.exactVideos.find(await videoOf(clip), patienceMs);

  const read = async (
    { file, storage }: ServedVideo,
    span = { start: 0, end: file.sizeBytes - 1 },
  ): Promise<Buffer> => buffer(await storage.read(file.storageKey, span));

  /** Makes it once more, as another server would, or this one after a restart. */
  async function madeElsewhere(clip: ClipDto): Promise<ServedVideo> {
    const { objects, ffmpeg, mixThreads: thread, log, storage: temp } = stage;
    return createExactStarts({ objects, temp, ffmpeg, thread, log }).find(await videoOf(clip), PATIENCE_MS);
  }

  const temporary = async (): Promise<string[]> => {
    const root = join(stage.storageRoot, 'tmp');
    const folders = await readdir(root);
    return (await Promise.all(folders.map((one) => readdir(join(root, one))))).flat();
  };

  it('has nothing before its start, and is shown rightly by what knows no edit lists', async () => {
    const clip = await press();
    const served = await exactly(clip);
    const bytes = await read(served);
    expect(bytes).toHaveLength(served.file.sizeBytes);
    const moov = bytes.subarray(bytes.indexOf('moov') - 4);
    for (const { samples, presentedFrom } of parseMovieTracks(moov, '')) {
      expect(presentedFrom).toBe(0);
      expect(samples[0]).toMatchObject({ decodeTime: 0, isKey: true });
    }
    const path = join(directory, 'exact.mp4');
    await writeFile(path, bytes);
    const truth = {
      ...{ fromMs: range.fromMs, durationMs: range.toMs - range.fromMs, framesPerSecond: 30 },
      ...{ skips: [], beepsMs: [100, 1100, 2100, 3100, 4100, 5100] },
    };
    expect(deviations(truth, await viewDecoded(path, truth.fromMs))).toEqual([]);
  });

  it('has the same bytes in ranges, when its file is written meanwhile, and when another server makes it', async () => {
    const clip = await press();
    const served = await exactly(clip);
    const whole = await read(served);
    const { length } = whole;
    for (const [start, end] of [
      [0, 0],
      [100, 5000],
      [Math.floor(length / 3), Math.floor(length / 2)],
      [length - 1, length - 1],
    ] as const)
      expect((await read(served, { start, end })).equals(whole.subarray(start, end + 1))).toBe(true);

    const underWay = await served.storage.read(served.file.storageKey, { start: 0, end: length - 1 });
    const blocks: Buffer[] = [];
    for await (const block of underWay) {
      if (blocks.length === 0) await stage.requireFile(clip.id, new AbortController().signal);
      blocks.push(block as Buffer);
    }
    expect(Buffer.concat(blocks).equals(whole)).toBe(true);
    const elsewhere = await madeElsewhere(clip);
    expect(elsewhere.file.etag).toBe(served.file.etag);
    expect((await read(elsewhere)).equals(whole)).toBe(true);
    expect(served.file.etag).not.toBe((await videoOf(clip)).etag);
    // What is encoded takes neither quota nor space.
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({
      ...{ usedBytes: clip.sizeBytes, reservedBytes: 0 },
    });
    expect(await temporary()).toEqual([]);
  });

  it('sounds as it was, and no louder in its first moment', async () => {
    const clip = await press();
    const path = join(directory, 'exact.mp4');
    await writeFile(path, await read(await exactly(clip)));
    await stage.requireFile(clip.id, new AbortController().signal);
    const [exact, stored] = await Promise.all([soundOf(path), soundOf(stage.videoPath(capturer, clip.id))]);
    const power = (sound: Float64Array, fromMs: number, toMs: number) =>
      sound.subarray(fromMs * 48, toMs * 48).reduce((sum, value) => sum + value ** 2, 0);
    const difference = exact.map((value, index) => value - (stored[index] ?? 0));
    expect(power(stored, 100, 5000)).toBeGreaterThan(1);
    // The decoder has settled by then.
    expect(power(difference, 100, 5000)).toBeLessThan(power(stored, 100, 5000) / 1e4);
    expect(power(exact, 0, 80)).toBeLessThanOrEqual(power(stored, 0, 80) * 1.1);
  });

  it('is what is downloaded, with its title, while the app’s own player gets the stored one', async () => {
    const clip = await press();
    const server = await openClipServer(stage, capturer);
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${server.origin}/api/clips/${clip.id}/${path}`, init);
    const { file } = await exactly(clip);
    const head = await ask('download', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(file.sizeBytes));
    const etag = head.headers.get('etag') ?? '';
    const download = await ask('download');
    const bytes = Buffer.from(await download.arrayBuffer());
    expect(download.headers.get('etag')).toBe(etag);
    expect(bytes).toHaveLength(file.sizeBytes);
    expect(bytes.includes(clip.title)).toBe(true);
    const ranged = await ask('download', { headers: { range: 'bytes=1000-', 'if-range': etag } });
    expect(ranged.status).toBe(206);
    expect(Buffer.from(await ranged.arrayBuffer()).equals(bytes.subarray(1000))).toBe(true);
    const video = await ask('video');
    expect(video.headers.get('content-length')).toBe(String((await videoOf(clip)).sizeBytes));
    await video.arrayBuffer();
    await server.close();
  });

  it('is given away as it is stored when its beginning can’t be encoded, or takes too long', async () => {
    const clip = await press({ ffmpegPath: await ffmpegThatEncodesBadly(directory, 1) });
    const stored = await videoOf(clip);
    expect((await exactly(clip)).file.etag).toBe(stored.etag);
    expect((await exactly(clip)).file.etag).toBe(stored.etag);
    // Another server tries it anew.
    const { objects, ffmpeg, mixThreads: thread, log, storage: temp } = stage;
    const other = createExactStarts({ objects, temp, ffmpeg, thread, log });
    expect((await other.find(stored, 0)).file.etag).toBe(stored.etag);
    expect((await other.find(stored, PATIENCE_MS)).file.etag).not.toBe(stored.etag);
    await other.close();
  });

  it('is the stored file when nothing is hidden in that any more', async () => {
    stage = await openCaptureStage();
    const clips = await captureForms(stage, ['plain']);
    const { id } = await stage.db.replayClip.findFirstOrThrow();
    expect((await findClipFile(stage.db, id, 'video')).mayHideLeadIn).toBe(true);
    await clips();
    await postProcessAll(stage);
    const stored = await findClipFile(stage.db, id, 'video');
    expect(stored.mayHideLeadIn).toBe(false);
    expect((await stage.exactVideos.find(stored, PATIENCE_MS)).file.etag).toBe(stored.etag);
  });

  it('is given away after the server was killed while it encoded the beginning', async () => {
    const database = await createTestDatabase();
    dropDatabase = database.drop;
    const open = async () =>
      openCaptureStage({ directory: join(directory, 'data'), database: await openDatabase(database.url) });
    stage = await open();
    capturer = await stage.createCapturer();
    await stage.record(capturer, media);
    await stage.close();
    const order: ServerProcessOrder = {
      ...{ directory: join(directory, 'data'), databaseUrl: database.url },
      ...{ user: capturer.user, channelId: capturer.channelId, ranges: [range] },
      ffmpegPath: await slowFfmpeg(directory, 60, 'lead-in.mp4'),
    };
    const child = spawn(process.execPath, [CAPTURE_PROCESS, JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(child, 'exit');
    const isEncoding = async () =>
      (await readdir(join(directory, 'data', 'files', 'tmp'), { recursive: true })).some((path) =>
        path.endsWith('lead-in.mp4'),
      );
    await expect.poll(isEncoding, { timeout: 60_000 }).toBe(true);
    child.kill('SIGKILL');
    await ended;

    stage = await open();
    const { id } = await stage.db.replayClip.findFirstOrThrow();
    const clip = await stage.settled(capturer, id);
    const served = await exactly(clip);
    expect(served.file.etag).not.toBe((await videoOf(clip)).etag);
    expect((await read(served)).equals(await read(await madeElsewhere(clip)))).toBe(true);
    await expect.poll(temporary).toEqual([]);
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({
      ...{ usedBytes: clip.sizeBytes, reservedBytes: 0 },
    });
  });
});
