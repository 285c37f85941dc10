import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { createSessionRow } from '@hindsight/server/recording/testing/session-row';
import { MiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { percentile } from '../figures.ts';
import { openInstance, type Instance, type Sharer } from './instance.ts';

const BITRATE_BPS = 6_000_000;
const LOOP_MS = 20 * SECOND;
const SAMPLE_MS = 100;
/** The first captures are not counted, because the programs have just been loaded. */
const WARM_UPS = 5;
const IN_TURN_MS = 100;
/** A capture that takes longer than this hangs. */
const DEADLINE_MS = 10 * MINUTE;

/**
 * Measures many people who save their last minute in the same instant, or within some seconds, and one person alone, on one
 * server.
 */
export async function measureCaptures(url: string, count: number): Promise<void> {
  const instance = await openInstance(url, count + WARM_UPS + 1);
  try {
    await giveBuffers(instance);
    const warming = instance.sharers.slice(0, WARM_UPS);
    for (const one of warming) await capture(instance, [one]);
    const alone = await capture(instance, instance.sharers.slice(WARM_UPS, WARM_UPS + 1));
    const others = instance.sharers.slice(WARM_UPS + 1);
    const together = await capture(instance, others);
    const inTurn = await capture(instance, others, IN_TURN_MS);
    console.log(`The last minute at 6 Mbit/s, saved by one and by ${count} (p95 of the answers):`);
    for (const [name, { acceptMs, readyMs, rssBefore, rssPeak, longestQueue, ready, failed }] of [
      ['one', alone],
      [`${count} in the same instant`, together],
      [`${count}, one every ${IN_TURN_MS} ms`, inTurn],
    ] as const) {
      console.log(
        `  ${name}: answered in ${percentile(acceptMs, 0.95).toFixed(0)} ms, all ready after ${(readyMs / SECOND).toFixed(1)} s,` +
          ` ${ready} ready, ${failed} failed, at most ${longestQueue} unfinished, RSS ${rssBefore.toFixed(0)} -> at most ${rssPeak.toFixed(0)} MiB`,
      );
    }
    console.log(
      `  ${count} took ${(together.readyMs / alone.readyMs).toFixed(1)}x as long as one,` +
        ` memory grew by ${(together.rssPeak - together.rssBefore).toFixed(0)} MiB\n`,
    );
    if (together.ready !== count || inTurn.ready !== count) throw new Error('all should have become clips');
  } finally {
    await instance.close();
  }
}

/** Gives everybody the same minute, which is encoded once and linked for each. */
async function giveBuffers({ db, sharers, channelId, bufferDir }: Instance): Promise<void> {
  const startMs = Date.now() - MINUTE;
  const endMs = startMs + MINUTE;
  const { communityId } = await db.channel.findUniqueOrThrow({ where: { id: channelId } });
  let written: { dir: string } | undefined;
  for (const { userId } of sharers) {
    const row = await createSessionRow(db, { userId, communityId, channelId, startMs, endMs });
    if (written === undefined)
      written = await writeSyntheticSession({
        bufferDir,
        room: channelId,
        user: userId,
        sessionId: row.sessionId,
        startMs,
        durationMs: MINUTE,
        loopMs: LOOP_MS,
        bitrateBps: BITRATE_BPS,
        width: 1920,
        height: 1080,
        framesPerSecond: 30,
      });
    else await linkAll(written.dir, join(bufferDir, row.segmentPath));
  }
}

async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) await link(join(from, name), join(to, name));
}

async function capture({ db, channelId }: Instance, people: readonly Sharer[], everyMs = 0) {
  const rss = () => process.memoryUsage.rss() / MiB;
  const acceptMs: number[] = [];
  const rssBefore = rss();
  let rssPeak = rssBefore;
  let longestQueue = 0;
  const userId = { in: people.map((person) => person.userId) };
  const before = await db.replayClip.count({ where: { userId } });
  const startedAt = performance.now();
  const accepted = Promise.all(
    people.map(async ({ call }, index) => {
      await delay(index * everyMs);
      const pressedAt = performance.now();
      const { status, body } = await call('replay.capture', { channelId, lastMinutes: 1 });
      acceptMs.push(performance.now() - pressedAt);
      if (status !== 200) throw new Error(`refused: ${JSON.stringify(body)}`);
    }),
  );
  let isAccepted = false;
  let refusal: unknown;
  const noticed = accepted.then(
    () => (isAccepted = true),
    (error: unknown) => (refusal = error),
  );
  for (;;) {
    if (refusal !== undefined) throw refusal;
    rssPeak = Math.max(rssPeak, rss());
    const unfinished = await db.replayClip.count({ where: { userId, status: 'PROCESSING' } });
    longestQueue = Math.max(longestQueue, unfinished);
    if (isAccepted && unfinished === 0) break;
    if (performance.now() - startedAt > DEADLINE_MS) throw new Error(`${unfinished} clips are not finished`);
    await delay(SAMPLE_MS);
  }
  await noticed;
  const readyMs = performance.now() - startedAt;
  const ready = (await db.replayClip.count({ where: { userId, status: 'READY' } })) - before;
  return { acceptMs, readyMs, rssBefore, rssPeak, longestQueue, ready, failed: people.length - ready };
}
