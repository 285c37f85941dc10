import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { soundOf, soundTitles, toneLevel } from '@hindsight/rig/media/sound-of';
import { SECOND } from '@hindsight/shared/units';
import { expect, it } from 'vitest';
import type { ServerProcessOrder } from '../../testing/capture-process.ts';
import { openCaptureStage } from '../../testing/capture-stage.ts';
import { keepVoice } from '../mix/testing/kept-voice.ts';
import { tonePackets } from '../mix/testing/tones.ts';

const SERVER_PROCESS = new URL('../../testing/capture-process.ts', import.meta.url).pathname;
const SHARER_HZ = 440;
/** The tone is this loud, of 1. */
const TONE = 8000 / 32_768;
const SECONDS = 20;
/** Servers are killed when a file of such a name is in the folder in which a clip is mixed anew: when it is mixed, and near the end. */
const KILLED_AT = ['mix.mp4', 'tracks.mp4'];
const DEADLINE_MS = 60 * SECOND;

it('a voice that is being taken out when the server is killed is taken out by the next one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-killed-remix-'));
  const database = await createTestDatabase();
  const openStage = async () => openCaptureStage({ directory, database: await openDatabase(database.url) });
  try {
    const preparing = await openStage();
    const capturer = await preparing.createCapturer();
    const { communityId, channelId, user } = capturer;
    await preparing.db.role.updateMany({
      where: { communityId },
      data: { actions: ['CAPTURE_REPLAY', 'CONNECT'] },
    });
    const startMs = Date.now() - SECONDS * SECOND;
    const { dir } = await preparing.record(capturer, { startMs, durationMs: SECONDS * SECOND });
    await keepVoice(dir, user.id, {
      fromMs: startMs,
      packets: tonePackets({ hertz: SHARER_HZ, seconds: SECONDS }),
    });
    const { clip } = await preparing.captureRange(capturer, startMs + 1000, startMs + 19_000);
    await preparing.settled(capturer, clip.id);
    const path = preparing.videoPath(capturer, clip.id);
    const { db, quota } = preparing;
    const rows = async () => {
      const { file, tracksFile, sizeBytes, mixWantedAt } = await db.replayClip.findUniqueOrThrow({
        where: { id: clip.id },
        include: { file: true, tracksFile: true },
      });
      expect(sizeBytes).toBe((file?.sizeBytes ?? 0n) + (tracksFile?.sizeBytes ?? 0n));
      expect(await quota.mine(user.id)).toMatchObject({ usedBytes: Number(sizeBytes), reservedBytes: 0 });
      return { keys: [file?.storageKey, tracksFile?.storageKey], isWanted: mixWantedAt !== null };
    };
    const before = { bytes: sha256(await readFile(path)), keys: (await rows()).keys };
    await preparing.jobs.close();

    const order = { directory, databaseUrl: database.url, ffmpegPath: 'ffmpeg', user, channelId, ranges: [] };
    for (const [run, name] of KILLED_AT.entries()) {
      await killAt({ ...order, voicesOutOf: run === 0 ? [clip.id] : [] }, async () => {
        const names = await readdir(directory, { recursive: true });
        return names.some((each) => each.endsWith(`/${name}`));
      });
      // Nothing is half done: the clip is as it was, and known to be mixed anew.
      expect(await rows()).toEqual({ keys: before.keys, isWanted: true });
      expect(sha256(await readFile(path))).toBe(before.bytes);
    }
    await preparing.close();

    const stage = await openStage();
    try {
      const isMixing = async () => (await stage.clips.get(user.id, clip.id)).isMixing;
      await expect.poll(isMixing, { timeout: DEADLINE_MS }).toBe(false);
      const after = await stage.db.replayClip.findUniqueOrThrow({
        where: { id: clip.id },
        include: { file: true, tracksFile: true },
      });
      expect(after.file?.storageKey).not.toBe(before.keys[0]);
      expect(await soundTitles(stage.pathOf(after.tracksFile?.storageKey ?? ''))).toHaveLength(1);
      const sound = await soundOf(stage.pathOf(after.file?.storageKey ?? ''));
      expect(toneLevel(sound, SHARER_HZ, 0.2, 17.8)).toBeLessThan(TONE / 1000);
      const sizeBytes = (after.file?.sizeBytes ?? 0n) + (after.tracksFile?.sizeBytes ?? 0n);
      expect(after.sizeBytes).toBe(sizeBytes);
      expect(await stage.quota.mine(user.id)).toMatchObject({ usedBytes: Number(sizeBytes) });
      // The earlier video goes after a quarter of an hour; then only what has a row is left, and nothing of those who were killed.
      await stage.db.storageDeletion.updateMany({ data: { dueAt: new Date() } });
      await stage.deleteRemoved(new AbortController().signal);
      const kept = await stage.db.file.findMany({ select: { storageKey: true } });
      expect((await stage.storedFiles()).toSorted()).toEqual(
        kept.map(({ storageKey }) => stage.pathOf(storageKey)).toSorted(),
      );
    } finally {
      await stage.close();
    }
  } finally {
    await database.drop();
    await rm(directory, { recursive: true });
  }
}, 240_000);

/** Runs a server until something is there, and kills it. @throws Error when it doesn't come */
async function killAt(order: ServerProcessOrder, isReached: () => Promise<boolean>): Promise<void> {
  const child = spawn(process.execPath, [SERVER_PROCESS, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const deadline = Date.now() + DEADLINE_MS;
  let isThere = false;
  while (!isThere && Date.now() < deadline) {
    isThere = await isReached();
    if (!isThere) await sleep(2);
  }
  child.kill('SIGKILL');
  await ended;
  expect(isThere).toBe(true);
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
