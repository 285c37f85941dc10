import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { soundOf, toneLevel } from '@hindsight/rig/media/sound-of';
import { expect, it } from 'vitest';
import { openCaptureStage } from '../../testing/capture-stage.ts';
import { killServerWhen } from '../../testing/killed-server.ts';
import { slowPosters } from '../testing/fake-ffmpeg.ts';
import { recordSpeaker } from './testing/recorded-speaker.ts';

const SHARER_HZ = 440;
/** The tone is this loud, of 1. */
const TONE = 8000 / 32_768;
const SECONDS = 20;
/** Servers are killed when so many of the clip's seconds have been mixed. */
const KILLED_AT = [2, 9];

it('a mix goes on where the server was killed, and leaves nothing half done', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-killed-mix-'));
  const database = await createTestDatabase();
  const openStage = async () => openCaptureStage({ directory, database: await openDatabase(database.url) });
  try {
    const preparing = await openStage();
    const capturer = await preparing.createCapturer();
    const { channelId, user } = capturer;
    const startMs = await recordSpeaker(preparing, capturer, { hertz: SHARER_HZ, seconds: SECONDS });
    const mixes = join(preparing.bufferDir, 'held');
    await preparing.close();

    /** Returns the seconds of the clip's sound that are mixed, and the inodes of their files. */
    const chunks = async () => {
      const names = await readdir(mixes, { recursive: true }).catch(() => []);
      const whole = names.filter((name) => /\/mix\/\d+-[\da-f-]{36}$/.test(`/${name}`));
      return new Map(
        await Promise.all(
          whole.map(async (name): Promise<[string, number]> => [name, (await stat(join(mixes, name))).ino]),
        ),
      );
    };
    const mixed = async () => (await chunks()).size;
    const order = {
      ...{ directory, databaseUrl: database.url, user, channelId },
      ffmpegPath: await slowPosters(directory, 0),
    };
    let before = new Map<string, number>();
    for (const [run, count] of KILLED_AT.entries()) {
      const ranges = [{ fromMs: startMs + 1000, toMs: startMs + 19_000 }];
      const isSoFar = async () => (await mixed()) >= count;
      await killServerWhen({ ...order, ranges: run === 0 ? ranges : [] }, isSoFar);
      const seen = await mixed();
      expect(seen).toBeGreaterThanOrEqual(count);
      expect(seen).toBeLessThan(18);
      // What was mixed before is the same file still: it wasn't mixed again.
      const after = await chunks();
      for (const [name, inode] of before) expect([name, after.get(name)]).toEqual([name, inode]);
      before = after;
    }

    const stage = await openStage();
    try {
      const { id } = await stage.db.replayClip.findFirstOrThrow();
      await stage.settled(capturer, id);
      const path = stage.videoPath(capturer, id);
      const sound = await soundOf(path);
      // Every part of it has the voice.
      for (let second = 0.5; second < 17; second++)
        expect(toneLevel(sound, SHARER_HZ, second, second + 0.5)).toBeCloseTo(TONE, 1);
      const clip = await stage.db.replayClip.findUniqueOrThrow({
        where: { id },
        include: { file: true, tracksFile: true },
      });
      expect(clip).toMatchObject({ status: 'READY', errorCode: null });
      expect(clip.file?.sizeBytes).toBe(BigInt((await stat(path)).size));
      const sizeBytes = Number(clip.file?.sizeBytes ?? 0) + Number(clip.tracksFile?.sizeBytes ?? 0);
      expect(await stage.quota.mine(user.id)).toMatchObject({ usedBytes: sizeBytes, reservedBytes: 0 });
      expect(await stage.pinnedClips()).toEqual([]);
      // The clip, its separate tracks and its poster.
      expect(await stage.storedFiles()).toHaveLength(3);
      expect(await mixed()).toBe(0);
    } finally {
      await stage.close();
    }
  } finally {
    await database.drop();
    await rm(directory, { recursive: true });
  }
}, 240_000);
