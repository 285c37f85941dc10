import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { soundOf, soundTitles, toneLevel } from '@hindsight/rig/media/sound-of';
import { hasCode } from '@hindsight/shared/error-code';
import { SECOND } from '@hindsight/shared/units';
import { expect, it } from 'vitest';
import { openCaptureStage } from '../../testing/capture-stage.ts';
import { killServerWhen } from '../../testing/killed-server.ts';
import { recordSpeaker } from '../mix/testing/recorded-speaker.ts';

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
    const { channelId, user } = capturer;
    const startMs = await recordSpeaker(preparing, capturer, { hertz: SHARER_HZ, seconds: SECONDS });
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
      const isThere = await killServerWhen(
        { ...order, voicesOutOf: run === 0 ? [clip.id] : [] },
        async () => {
          const names = await readdir(directory, { recursive: true }).catch((error: unknown) => {
            // Temporary folders come and go.
            if (hasCode(error, 'ENOENT')) return [];
            throw error;
          });
          return names.some((each) => each.endsWith(`/${name}`));
        },
      );
      expect(isThere).toBe(true);
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

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
