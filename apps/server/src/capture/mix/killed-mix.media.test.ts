import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { soundOf, toneLevel } from '@hindsight/rig/media/sound-of';
import { SECOND } from '@hindsight/shared/units';
import { expect, it } from 'vitest';
import type { ServerProcessOrder } from '../../testing/capture-process.ts';
import { openCaptureStage } from '../../testing/capture-stage.ts';
import { slowPosters } from '../testing/fake-ffmpeg.ts';
import { keepVoice } from './testing/kept-voice.ts';
import { tonePackets } from './testing/tones.ts';

const SERVER_PROCESS = new URL('../../testing/capture-process.ts', import.meta.url).pathname;
const SHARER_HZ = 440;
/** The tone is this loud, of 1. */
const TONE = 8000 / 32_768;
const SECONDS = 20;
/** Servers are killed when so many of the clip's seconds have been mixed. */
const KILLED_AT = [2, 9];
const DEADLINE_MS = 60 * SECOND;

it('a mix goes on where the server was killed, and leaves nothing half done', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-killed-mix-'));
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
      const seen = await killAt({ ...order, ranges: run === 0 ? ranges : [] }, mixed, count);
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

/** Runs a server until so much is mixed, kills it, and returns how much was mixed then. */
async function killAt(
  order: ServerProcessOrder,
  mixed: () => Promise<number>,
  count: number,
): Promise<number> {
  const child = spawn(process.execPath, [SERVER_PROCESS, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const deadline = Date.now() + DEADLINE_MS;
  while ((await mixed()) < count && Date.now() < deadline) await sleep(5);
  child.kill('SIGKILL');
  await ended;
  return mixed();
}
