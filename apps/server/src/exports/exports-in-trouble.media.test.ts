import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openDatabase } from '@hindsight/db/database';
import { mountSmallDisk } from '@hindsight/db/own-server/testing/small-disk';
import { createTestDatabase } from '@hindsight/db/testing';
import { soundTitles } from '@hindsight/rig/media/sound-of';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { ExportOptions } from '@hindsight/shared/clips/export';
import { KiB } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpegOnFullDisk, ffmpegThatEncodesBadly, slowFfmpeg } from '../capture/testing/fake-ffmpeg.ts';
import type { Capturer } from '../testing/capture-stage.ts';
import type { ExportProcessOrder } from './testing/export-process.ts';
import { openExportStage, type ExportStage } from './testing/export-stage.ts';

/** The setup saves a clip. Each export for chat takes a few seconds, in which a test can interfere. */
const SETUP_MS = 60_000;
const EXPORT_PROCESS = new URL('testing/export-process.ts', import.meta.url).pathname;

let directory: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stage: ExportStage;
let capturer: Capturer;
let clip: ClipDto;
let chat: ExportOptions;

const open = async (ffmpegPath: string) =>
  openExportStage({ directory, database: await openDatabase(database.url), ffmpegPath });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-exports-'));
  database = await createTestDatabase();
  stage = await open(await slowFfmpeg(directory, 1.5, '-passlogfile'));
  capturer = await stage.createCapturer();
  ({ clip } = await stage.saveClip(capturer, { width: 1024, height: 256 }));
  chat = { kind: 'chat', limitBytes: Math.round(clip.sizeBytes * 0.7) };
}, SETUP_MS);
afterAll(async () => {
  await stage.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

/** Checks that nothing is left of exports: no row of a file, no file, no reservation. */
async function expectNothingLeft(usedBytes: number): Promise<void> {
  await stage.jobs.runAll();
  expect(await stage.quota.mine(capturer.user.id)).toMatchObject({ usedBytes, reservedBytes: 0 });
  expect(await stage.db.file.count({ where: { resourceType: 'REPLAY_EXPORT' } })).toBe(0);
  expect((await stage.storedFiles()).filter((path) => path.includes('-export-'))).toEqual([]);
  const temp = join(stage.storageRoot, 'tmp');
  for (const server of await readdir(temp)) expect(await readdir(join(temp, server))).toEqual([]);
}

describe('an export', () => {
  it('is refused when the quota or the disk has no room, and when options don’t fit the clip', async () => {
    const create = (options: ExportOptions) => stage.create(capturer, clip.id, options);
    await expect(create({ kind: 'chat', limitBytes: 20_000 })).rejects.toMatchObject({
      code: 'EXPORT_LIMIT_TOO_SMALL',
      detail: expect.stringMatching(/At least \d\.\d MB/),
    });
    const crop = { x: 900, y: 0, width: 200, height: 256 };
    await expect(create({ kind: 'crop', crop })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      detail: expect.stringContaining('1024 × 256'),
    });
    await stage.quota.set(capturer.user.id, clip.sizeBytes + 1000);
    await expect(create(chat)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await stage.quota.set(capturer.user.id, 1e9);
    const other = await stage.createCapturer();
    await expect(stage.create(other, clip.id, chat)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expectNothingLeft(clip.sizeBytes);
  });

  it('can be cancelled while it is made, and no more than five are made for a person at once', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push((await stage.create(capturer, clip.id, chat)).id);
    await expect(stage.create(capturer, clip.id, chat)).rejects.toMatchObject({ code: 'TOO_MANY_EXPORTS' });
    await stage.started(ids[0] ?? '');
    for (const id of ids) await stage.exports.remove(capturer.user.id, id);
    await expectNothingLeft(clip.sizeBytes);
  });

  it('goes on after the server was killed in the middle, with quota and files exact', async () => {
    const order: ExportProcessOrder = {
      ...{ directory, databaseUrl: database.url, userId: capturer.user.id },
      ffmpegPath: await slowFfmpeg(directory, 1.5, '-passlogfile'),
      exports: [{ clipId: clip.id, options: chat }],
    };
    await stage.close();
    const child = spawn(process.execPath, [EXPORT_PROCESS, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const chunk of child.stdout) if (String(chunk).includes('accepted')) break;
    child.kill('SIGKILL');
    await ended;

    stage = await open(order.ffmpegPath);
    const [left] = (await stage.exports.list(capturer.user.id, {})).items;
    const made = await stage.finished(capturer, left?.id ?? '');
    expect(made.status).toBe('READY');
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({
      usedBytes: clip.sizeBytes + made.sizeBytes,
      reservedBytes: 0,
    });
    expect((await stage.storedFiles()).filter((path) => path.includes('-export-'))).toHaveLength(1);
    await stage.exports.remove(capturer.user.id, made.id);
    await stage.deleteRemoved(new AbortController().signal);
    await expectNothingLeft(clip.sizeBytes);
  });

  it('fails with words when the encoder keeps failing', async () => {
    await stage.close();
    stage = await open(await ffmpegThatEncodesBadly(directory, 100));
    const { id } = await stage.create(capturer, clip.id, chat);
    expect(await stage.finished(capturer, id)).toMatchObject({
      status: 'FAILED',
      errorCode: 'EXPORT_FAILED',
    });
    await stage.exports.remove(capturer.user.id, id);
    await expectNothingLeft(clip.sizeBytes);
    await stage.close();
    stage = await open(await slowFfmpeg(directory, 1.5, '-passlogfile'));
  });

  it('fails with words when the disk is full in the middle, whatever its kind, and is made when there is space', async () => {
    const folder = join(directory, 'small-disk');
    await mkdir(folder);
    const disk = await mountSmallDisk(folder, 24);
    const other = await createTestDatabase();
    const openSmall = async (ffmpegPath: string) =>
      openExportStage({
        ...{ directory: join(directory, 'small'), storageRoot: folder, ffmpegPath },
        database: await openDatabase(other.url),
      });
    let small = await openSmall('ffmpeg');
    try {
      const person = await small.createCapturer();
      const { clip: whole } = await small.saveClip(person, { width: 1024, height: 256 });
      const before = await readFile(small.videoPath(person, whole.id));
      const kinds: ExportOptions[] = [
        { kind: 'chat', limitBytes: Math.round(whole.sizeBytes * 0.7) },
        { kind: 'crop', crop: { x: 0, y: 0, width: 256, height: 256 } },
        { kind: 'editing', sound: 'pcm', framesPerSecond: 30 },
        { kind: 'sound' },
        { kind: 'still', atMs: 1000, format: 'png' },
        { kind: 'animation', fromMs: 0, toMs: 3000, format: 'gif' },
      ];
      // Other programs take all space but this while the exports are made, which the disk guard has not seen.
      // Where this process may not mount a disk, ffmpeg writes to a device that is always full.
      if (disk === null) {
        await small.close();
        small = await openSmall(await ffmpegOnFullDisk(directory, ''));
      }
      for (const leftBytes of [0, 64 * KiB]) {
        const filler = join(folder, 'filler');
        if (disk !== null) await writeFile(filler, Buffer.alloc((await disk.freeBytes()) - leftBytes));
        for (const options of kinds) {
          const { id } = await small.create(person, whole.id, options);
          const one = await small.finished(person, id);
          const isSmall = one.status === 'READY' && one.sizeBytes <= leftBytes;
          const { kind } = options;
          expect({ kind, code: isSmall ? 'DISK_LOW' : one.errorCode }).toEqual({ kind, code: 'DISK_LOW' });
          await small.exports.remove(person.user.id, id);
          await small.deleteRemoved(new AbortController().signal);
        }
        expect(await small.quota.mine(person.user.id)).toMatchObject({
          ...{ usedBytes: whole.sizeBytes, reservedBytes: 0 },
        });
        expect(
          (await small.storedFiles()).filter((path) => /-export-|^tmp/.test(relative(folder, path))),
        ).toEqual([]);
        await rm(filler, { force: true });
      }
      if (disk === null) {
        await small.close();
        small = await openSmall('ffmpeg');
      }
      expect((await readFile(small.videoPath(person, whole.id))).equals(before)).toBe(true);
      const [first = { kind: 'sound' as const }] = kinds;
      const { id } = await small.create(person, whole.id, first);
      expect(await small.finished(person, id)).toMatchObject({ status: 'READY' });
    } finally {
      await small.close();
      await other.drop();
      await disk?.remove();
    }
  });

  it('that was accepted is made although the quota becomes smaller meanwhile, and no other is accepted', async () => {
    const { id } = await stage.create(capturer, clip.id, chat);
    await stage.started(id);
    await stage.quota.set(capturer.user.id, clip.sizeBytes);
    await expect(stage.create(capturer, clip.id, chat)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    const made = await stage.finished(capturer, id);
    expect(made).toMatchObject({ status: 'READY' });
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({
      ...{ usedBytes: clip.sizeBytes + made.sizeBytes, reservedBytes: 0 },
    });
    await stage.exports.remove(capturer.user.id, id);
    await stage.quota.set(capturer.user.id, 1e9);
    await stage.deleteRemoved(new AbortController().signal);
    await expectNothingLeft(clip.sizeBytes);
  });

  it('goes, or ends with words, when somebody takes their voice out of its clip', async () => {
    const { clip: heard } = await stage.saveClip(capturer, { width: 1024, height: 256 });
    const speaker = await stage.createCapturer();
    await stage.db.clipVoice.create({ data: { clipId: heard.id, userId: speaker.user.id } });
    const ready = await stage.create(capturer, heard.id, { kind: 'sound' });
    await stage.finished(capturer, ready.id);
    const running = await stage.create(capturer, heard.id, chat);
    await stage.started(running.id);
    await stage.voices.takeOut(speaker.user.id, heard.id);
    const outdated = stage.exports.file(capturer.user.id, ready.id);
    await expect(outdated).rejects.toMatchObject({ code: 'VOICE_TAKEN_OUT' });
    expect(await stage.finished(capturer, running.id)).toMatchObject({ errorCode: 'VOICE_TAKEN_OUT' });
    await stage.exports.removeEnded(Date.now());
    expect((await stage.exports.list(capturer.user.id, {})).items.map(({ id }) => id)).toEqual([running.id]);
    await stage.exports.remove(capturer.user.id, running.id);
    // An export that is asked for now waits for the new mix; nothing of that clip was kept apart, so it has no sound.
    const silent = await stage.create(capturer, heard.id, chat);
    expect(await stage.finished(capturer, silent.id)).toMatchObject({ status: 'READY' });
    const { storageKey } = await stage.exports.file(capturer.user.id, silent.id);
    expect(await soundTitles(stage.pathOf(storageKey))).toEqual([]);
    await stage.exports.remove(capturer.user.id, silent.id);
    await stage.clips.remove(capturer.user.id, heard.id);
    await stage.deleteRemoved(new AbortController().signal);
    await expectNothingLeft(clip.sizeBytes);
  });

  it('ends with words when its clip is trimmed or deleted meanwhile, and what is finished goes with it', async () => {
    const ready = await stage.create(capturer, clip.id, { kind: 'sound' });
    await stage.finished(capturer, ready.id);
    const first = await stage.create(capturer, clip.id, chat);
    await stage.started(first.id);
    await stage.trim(capturer, { clipId: clip.id, fromMs: 500, toMs: 3000, mode: 'replace' });
    expect(await stage.finished(capturer, first.id)).toMatchObject({ errorCode: 'CLIP_TRIMMED' });

    await expect.poll(async () => (await stage.clips.get(capturer.user.id, clip.id)).durationMs).toBe(2500);
    const { sizeBytes } = await stage.clips.get(capturer.user.id, clip.id);
    const outdated = stage.exports.file(capturer.user.id, ready.id);
    await expect(outdated).rejects.toMatchObject({ code: 'CLIP_TRIMMED' });
    await stage.exports.removeEnded(Date.now());
    expect((await stage.exports.list(capturer.user.id, {})).items).toHaveLength(1);
    await stage.exports.remove(capturer.user.id, first.id);
    const limitBytes = Math.max(200_000, Math.round(sizeBytes * 0.7));
    const second = await stage.create(capturer, clip.id, { kind: 'chat', limitBytes });
    await stage.started(second.id);
    await stage.clips.remove(capturer.user.id, clip.id);
    expect(await stage.finished(capturer, second.id)).toMatchObject({ errorCode: 'CLIP_DELETED' });
    await stage.deleteRemoved(new AbortController().signal);
    await expectNothingLeft(0);
  });
});
