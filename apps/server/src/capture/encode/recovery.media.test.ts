import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { SECOND } from '@hindsight/shared/units';
import { beforeEach, describe, expect, it } from 'vitest';
import { slowFfmpeg, slowPosters } from '../testing/fake-ffmpeg.ts';
import type { ServerProcessOrder } from '../../testing/capture-process.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';
import { watch } from '../testing/watch.ts';

/** This many servers are killed. More kills are useful after changes to the order of steps. */
const KILLS = Number(process.env['CAPTURE_KILLS'] ?? 3);
const LATEST_KILL_MS = 900;
/** A share that has ended can be captured for ten minutes, so it serves only this many kills. */
const KILLS_PER_SHARE = 20;
/** Several processes run one after the other. */
const LONG_TEST_MS = 240_000;
const SERVER_PROCESS = new URL('../../testing/capture-process.ts', import.meta.url).pathname;

interface Share {
  capturer: Capturer;
  startMs: number;
}

describe('captures after a crash', () => {
  let directory: string;
  let databaseUrl: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-recovery-'));
    const database = await createTestDatabase();
    databaseUrl = database.url;
    return async () => {
      await database.drop();
      await rm(directory, { recursive: true });
    };
  });

  const openStage = async () => openCaptureStage({ directory, database: await openDatabase(databaseUrl) });

  /** Prepares a share that has just ended, on disk for the next process. */
  async function prepare(): Promise<Share> {
    const stage = await openStage();
    const capturer = await stage.createCapturer();
    const startMs = Date.now() - 20 * SECOND;
    await stage.record(capturer, { startMs, durationMs: 20 * SECOND });
    await stage.close();
    return { capturer, startMs };
  }

  /** Checks that every clip of a user plays up to its end, and that the quota equals their sizes. */
  async function expectAllSaved(stage: CaptureStage, { capturer, startMs }: Share): Promise<void> {
    let usedBytes = 0;
    for (const { id } of await stage.db.replayClip.findMany({ where: { userId: capturer.user.id } })) {
      const clip = await stage.settled(capturer, id);
      expect(clip).toMatchObject({ status: 'READY', errorCode: null });
      expect(clip.posterUrl).not.toBeNull();
      usedBytes += clip.sizeBytes;
      const { frames } = await watch(stage.videoPath(capturer, id), { nearMs: startMs });
      expect(Date.parse(clip.to) - (frames.at(-1)?.burntMs ?? 0)).toBeLessThan(80);
    }
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({ usedBytes, reservedBytes: 0 });
  }

  /** Runs a process, and kills it this long after it has accepted its captures. */
  async function runAndKill(
    order: Omit<ServerProcessOrder, 'directory' | 'databaseUrl'>,
    afterMs: number,
  ): Promise<void> {
    const child = spawn(
      process.execPath,
      [SERVER_PROCESS, JSON.stringify({ ...order, directory, databaseUrl })],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(child, 'exit');
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.includes('accepted\n')) break;
    }
    expect(said).toContain('accepted\n');
    await sleep(afterMs);
    child.kill('SIGKILL');
    await ended;
  }

  it(
    'finishes every accepted capture, whenever the server was killed, with quota and files exact',
    async () => {
      // Files are written after posters, so some servers are killed before, some during, some after.
      const ffmpegPath = await slowPosters(directory, 0.3);
      let share = await prepare();
      const shares = [share];
      for (let kill = 0; kill < KILLS; kill++) {
        if (kill > 0 && kill % KILLS_PER_SHARE === 0) shares.push((share = await prepare()));
        const { user, channelId } = share.capturer;
        const fromMs = share.startMs + (kill % 8) * SECOND;
        const ranges = [0, 1].map((index) => ({ fromMs: fromMs + index, toMs: fromMs + 8 * SECOND }));
        await runAndKill({ user, channelId, ffmpegPath, ranges }, Math.random() * LATEST_KILL_MS);
      }
      // This process only has what the others left.
      const { user, channelId } = share.capturer;
      await runAndKill({ user, channelId, ffmpegPath, ranges: [] }, Math.random() * LATEST_KILL_MS);

      const stage = await openStage();
      try {
        for (const one of shares) await expectAllSaved(stage, one);
        await stage.jobs.runAll();
        expect(await stage.db.replayClip.count()).toBe(2 * KILLS);
        expect(await stage.storedFiles()).toHaveLength(2 * 2 * KILLS);
        expect(await stage.pinnedClips()).toEqual([]);
      } finally {
        await stage.close();
      }
    },
    LONG_TEST_MS + KILLS * 30 * SECOND,
  );

  it(
    'finishes every accepted trim, replacing or beside its clip, whenever the server was killed',
    async () => {
      const { capturer, startMs } = await prepare();
      const { user, channelId } = capturer;
      const before = await openStage();
      const cut = [0, 1].map((from) =>
        before.captureRange(capturer, startMs + from * SECOND, startMs + 9000),
      );
      const [one, other] = await Promise.all(cut);
      for (const accepted of [one, other]) await before.settled(capturer, accepted?.clip.id ?? '');
      await before.close();
      const slow = await slowFfmpeg(directory, 0.5);
      const range = { fromMs: 500, toMs: 2500 };
      const trims = [
        { ...range, clipId: one?.clip.id ?? '', mode: 'replace' as const },
        { ...range, clipId: other?.clip.id ?? '', mode: 'new' as const },
      ];
      await runAndKill({ user, channelId, ffmpegPath: slow, ranges: [], trims }, 100);
      await runAndKill({ user, channelId, ffmpegPath: slow, ranges: [] }, 700);

      const stage = await openStage();
      try {
        await stage.jobs.runAll();
        const clips = (await stage.clips.list(user.id, { offset: 0, limit: 24, sort: 'oldest' })).items;
        expect(clips.map(({ status, durationMs }) => [status, durationMs < 2600])).toEqual(
          // The clips are the replaced one, the one that was trimmed, and its trim.
          expect.arrayContaining([
            ['READY', true],
            ['READY', false],
            ['READY', true],
          ]),
        );
        expect(clips).toHaveLength(3);
        expect(clips.find(({ id }) => id === one?.clip.id)?.durationMs).toBe(2000);
        const usedBytes = clips.reduce((sum, clip) => sum + clip.sizeBytes, 0);
        expect(await stage.quota.mine(user.id)).toMatchObject({ usedBytes, reservedBytes: 0 });
        await stage.deleteRemoved(new AbortController().signal);
        expect(await stage.storedFiles()).toHaveLength(2 * clips.length);
      } finally {
        await stage.close();
      }
    },
    LONG_TEST_MS,
  );

  it('removes files without a row, releases reservations of no capture, and leaves other files alone', async () => {
    const before = await openStage();
    const capturer = await before.createCapturer();
    const { user } = capturer;
    const stray = before.videoPath(capturer, '01a1fdab-921c-76fd-8ef9-1fd7870b959a');
    const foreign = join(before.storageRoot, 'replays', user.id, 'notes.txt');
    await before.db.$transaction((tx) => before.quota.reserve(tx, user.id, 12_345));
    await before.close();
    await mkdir(join(stray, '..'), { recursive: true });
    await writeFile(stray, 'half a clip');
    await writeFile(foreign, 'kept');

    const after = await openStage();
    try {
      expect(await after.storedFiles()).toEqual([foreign]);
      expect(await after.quota.mine(user.id)).toMatchObject({ reservedBytes: 0 });
    } finally {
      await after.close();
    }
  });
});
