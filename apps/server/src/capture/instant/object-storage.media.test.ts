import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { HOUR, SECOND } from '@hindsight/shared/units';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clipVideoKey } from '../../storage/storage-key.ts';
import { startS3Stage, type S3Stage } from '../../storage/testing/s3-stage.ts';
import { sha256SmallFile } from '../lifecycle/checksum.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';
import { watch } from '../testing/watch.ts';

/** The setup records and captures a share. */
const SETUP_MS = 240_000;
const PREFIX = 'hindsight/';
const ERROR_500 = { kind: 'answer', status: 500, code: 'InternalError' } as const;
const OLD = '01a1fdab-921c-76fd-8ef9-1fd7870b959a';
const YOUNG = '01a2fdab-921c-76fd-8ef9-1fd7870b959a';

describe('clips in object storage', () => {
  let s3: S3Stage;
  let root: string;
  let database: Database;
  let stage: CaptureStage;
  let capturer: Capturer;
  let startMs: number;
  /** The clip lasts from the third to the ninth second of the share. */
  let clip: ClipDto;
  const { signal } = new AbortController();

  beforeAll(async () => {
    s3 = await startS3Stage();
    root = await mkdtemp(join(tmpdir(), 'hindsight-object-storage-'));
    database = await openTestDatabase();
    stage = await openStage();
    capturer = await stage.createCapturer();
    startMs = Date.now() - 12 * SECOND;
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND, width: 1024, height: 256 });
    const { clip: accepted } = await stage.captureRange(capturer, startMs + 2000, startMs + 8000);
    clip = await stage.settled(capturer, accepted.id);
  }, SETUP_MS);
  afterEach(() => s3.proxy.heal());
  afterAll(async () => {
    await stage.close();
    await database.close();
    await s3.stop();
    await rm(root, { recursive: true });
  });

  async function openStage(): Promise<CaptureStage> {
    const storage = s3.create(root);
    await storage.open();
    return openCaptureStage({
      storage,
      storageRoot: root,
      directory: root,
      // The database outlives the stage.
      database: { ...database, close: async () => undefined },
    });
  }

  /** Returns the keys of all objects, and the unfinished files on this machine. */
  async function stored(): Promise<{ objects: string[]; unfinished: string[] }> {
    const entries = await readdir(join(root, 'tmp'), { recursive: true, withFileTypes: true });
    const names = await s3.rig.objectNames();
    return {
      objects: names.map((name) => name.slice(PREFIX.length)).toSorted(),
      unfinished: entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    };
  }

  /** Cuts two seconds from the clip, as a new clip. */
  const trim = () => stage.trim(capturer, { clipId: clip.id, fromMs: 1000, toMs: 3000, mode: 'new' });

  async function seen({ id }: ClipDto) {
    const { storageKey } = await stage.clips.file(capturer.user.id, id, 'video');
    const path = await stage.storage.localCopy(storageKey, root, signal);
    const row = await stage.db.file.findUniqueOrThrow({ where: { storageKey } });
    expect(await sha256SmallFile(path)).toBe(row.checksum);
    return watch(path, { nearMs: startMs });
  }

  it('are captured, trimmed and post-processed correctly, with nothing left on this machine', async () => {
    const key = clipVideoKey({ userId: capturer.user.id, id: clip.id });
    await expect.poll(async () => (await stored()).objects).toContain(key);
    expect((await seen(clip)).frames.at(-1)?.burntMs).toBe(startMs + 7933);

    const cut = await stage.settled(capturer, (await trim()).id);
    expect(cut).toMatchObject({ status: 'READY', durationMs: 2000 });
    const { frames } = await seen(cut);
    expect(frames[0]?.burntMs).toBe(startMs + 3000);

    const postProcessing = await stage.startPostProcessing();
    s3.proxy.seen.splice(0);
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
    const processed = await stage.clips.get(capturer.user.id, clip.id);
    expect(processed).toMatchObject({ audioCodec: 'aac', sprite: { url: expect.any(String) as string } });
    expect((await seen(processed)).frames.at(-1)?.burntMs).toBe(startMs + 7933);
    // The sprite and the sound are made from one copy.
    const fetched = s3.proxy.seen.filter(
      ({ method, url }) => method === 'GET' && url.includes(`${clip.id}.mp4`),
    );
    expect(fetched).toHaveLength(1);
    await expect.poll(async () => (await stored()).unfinished).toEqual([]);
  });

  it('are READY when they have been uploaded, and report progress until then', async () => {
    const gate = Promise.withResolvers<void>();
    s3.proxy.fail('PUT', { kind: 'hold', until: gate.promise }, { containing: '.mp4' });
    const { id } = await trim();
    const waiting = await stage.untilPhase(capturer, id, 'UPLOADING');
    expect(waiting).toMatchObject({ status: 'PROCESSING', progress: 0, videoUrl: null });
    // The file is kept until the storage has it.
    expect((await stored()).unfinished).toContain('clip.mp4');
    gate.resolve();
    expect(await stage.settled(capturer, id)).toMatchObject({ status: 'READY', phase: null });
    await expect.poll(async () => (await stored()).unfinished).toEqual([]);
  });

  it('stop uploading when they are removed', async () => {
    const before = (await stored()).objects;
    const gate = Promise.withResolvers<void>();
    s3.proxy.fail('PUT', { kind: 'hold', until: gate.promise }, { containing: '.mp4' });
    const { id } = await trim();
    await stage.untilPhase(capturer, id, 'UPLOADING');
    await stage.clips.remove(capturer.user.id, id);
    await expect.poll(stored, { timeout: 20_000 }).toEqual({ objects: before, unfinished: [] });
    gate.resolve();
  });

  it.each([
    [
      'is in trouble',
      async () => s3.proxy.fail('PUT', ERROR_500, { times: 1000 }),
      async () => s3.proxy.heal(),
    ],
    [
      'loses its bucket',
      async (id: string) => {
        const gate = Promise.withResolvers<void>();
        s3.proxy.fail('PUT', { kind: 'hold', until: gate.promise }, { containing: '.mp4' });
        await stage.untilPhase(capturer, id, 'UPLOADING');
        await rename(s3.rig.bucketDir, `${s3.rig.bucketDir}-away`);
        gate.resolve();
      },
      () => rename(`${s3.rig.bucketDir}-away`, s3.rig.bucketDir),
    ],
  ])(
    'fail clearly when the storage %s, with quota released, and succeed on retry',
    async (_what, begin, end) => {
      const [files, quota] = [await stage.db.file.count(), await stage.quota.mine(capturer.user.id)];
      const { id } = await trim();
      await begin(id);
      const failed = await stage.settled(capturer, id);
      await end();
      expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'STORAGE_UNAVAILABLE', canRetry: true });
      await expect.poll(async () => (await stored()).unfinished).toEqual([]);
      expect(await stage.db.file.count()).toBe(files);
      expect(await stage.quota.mine(capturer.user.id)).toEqual(quota);

      await stage.capture.retry(capturer.user.id, failed.id);
      expect(await stage.settled(capturer, failed.id)).toMatchObject({ status: 'READY', durationMs: 2000 });
    },
  );

  it('are deleted when the undo time is over, also if the storage is unreachable at first', async () => {
    const before = (await stored()).objects;
    const cut = await stage.settled(capturer, (await trim()).id);
    await stage.clips.remove(capturer.user.id, cut.id);
    await stage.clips.restore(capturer.user.id, [cut.id]);
    expect((await seen(cut)).frames.length).toBeGreaterThan(0);

    await stage.clips.remove(capturer.user.id, cut.id);
    const removedAt = new Date(Date.now() - HOUR);
    await stage.db.replayClip.updateMany({ where: { id: cut.id }, data: { removedAt } });
    await stage.clips.purge();
    s3.proxy.fail('DELETE', ERROR_500, { times: 1000 });
    await stage.deleteRemoved(signal);
    expect((await stored()).objects).toHaveLength(before.length + 2);
    s3.proxy.heal();
    await stage.deleteRemoved(signal);
    expect((await stored()).objects).toEqual(before);
    expect(await stage.db.storageDeletion.count({ where: { dueAt: { lte: new Date() } } })).toBe(0);
  });

  it('without a row are deleted, but recent ones only at a start, because they may get a row', async () => {
    const others = (await stored()).objects;
    const [old, young] = [OLD, YOUNG].map((id) => clipVideoKey({ userId: capturer.user.id, id }));
    const paths = [old, young].map((key) => join(s3.rig.bucketDir, PREFIX, key ?? ''));
    await Promise.all(paths.map((path) => writeFile(path, 'half a clip')));
    const longAgo = new Date(Date.now() - 2 * HOUR);
    await utimes(paths[0] ?? '', longAgo, longAgo);
    await stage.removeStrayObjects();
    expect((await stored()).objects).toEqual([...others, young ?? ''].toSorted());
    await stage.close();
    stage = await openStage();
    expect((await stored()).objects).toEqual(others);
  });
});
