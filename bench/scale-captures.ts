import { randomUUID } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeSyntheticSession } from '@hindsight/e2e/rig/synthetic-buffer';
import { MiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { percentile } from './figures.ts';
import { openInstance, type Instance, type Sharer } from './scale-instance.ts';

const BITRATE_BPS = 6_000_000;
const LOOP_MS = 20 * SECOND;
const SAMPLE_MS = 100;
/** Longer, and something hangs. */
const DEADLINE_MS = 10 * MINUTE;

/** Many people who save their last minute at the same moment, on one server, beside one who does so alone. */
export async function measureCaptures(url: string, count: number): Promise<void> {
  const instance = await openInstance(url, count + 1);
  try {
    await giveBuffers(instance);
    const [first, ...others] = instance.sharers;
    if (first === undefined) throw new Error('there is somebody');
    const alone = await capture(instance, [first]);
    const together = await capture(instance, others);
    console.log(`The last minute at 6 Mbit/s, saved by one and by ${count} at once (p95 of the answers):`);
    for (const [name, { acceptMs, readyMs, rssBefore, rssPeak, longestQueue, ready, failed }] of [
      ['one', alone],
      [`${count}`, together],
    ] as const) {
      console.log(
        `  ${name.padStart(3)}: answered in ${percentile(acceptMs, 0.95).toFixed(0)} ms, all ready after ${(readyMs / SECOND).toFixed(1)} s,` +
          ` ${ready} ready, ${failed} failed, at most ${longestQueue} unfinished, RSS ${rssBefore.toFixed(0)} -> at most ${rssPeak.toFixed(0)} MiB`,
      );
    }
    console.log(
      `  ${count} took ${(together.readyMs / alone.readyMs).toFixed(1)}x as long as one,` +
        ` memory grew by ${(together.rssPeak - together.rssBefore).toFixed(0)} MiB\n`,
    );
    if (together.ready !== count) throw new Error('all should have become clips');
  } finally {
    await instance.close();
  }
}

/** The same minute for everybody: encoded once, copied for each. */
async function giveBuffers({ db, sharers, channelId, bufferDir }: Instance): Promise<void> {
  const startMs = Date.now() - MINUTE;
  const { communityId } = await db.channel.findUniqueOrThrow({ where: { id: channelId } });
  let written: { dir: string; endMs: number } | undefined;
  for (const { userId } of sharers) {
    const sessionId = randomUUID();
    const segmentPath = `${channelId}/${userId}/${sessionId}`;
    // Before its directory: one that no session owns is removed.
    const { id } = await db.egressSession.create({
      data: {
        id: sessionId,
        userId,
        communityId,
        channelId,
        roomName: channelId,
        videoTrackSid: 'TR_VS',
        quality: 'Q1080P',
        segmentPath,
        startedAt: new Date(startMs),
        endedAt: new Date(startMs + MINUTE),
        status: 'STOPPED',
        endReason: 'SHARE_ENDED',
      },
    });
    if (written === undefined)
      written = await writeSyntheticSession({
        bufferDir,
        room: channelId,
        user: userId,
        sessionId: id,
        startMs,
        durationMs: MINUTE,
        loopMs: LOOP_MS,
        bitrateBps: BITRATE_BPS,
        width: 1920,
        height: 1080,
        framesPerSecond: 30,
      });
    else await cp(written.dir, join(bufferDir, segmentPath), { recursive: true });
  }
}

async function capture({ db, channelId }: Instance, people: readonly Sharer[]) {
  const rss = () => process.memoryUsage.rss() / MiB;
  const acceptMs: number[] = [];
  const rssBefore = rss();
  let rssPeak = rssBefore;
  let longestQueue = 0;
  const userId = { in: people.map((person) => person.userId) };
  const startedAt = performance.now();
  const accepted = Promise.all(
    people.map(async ({ call }) => {
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
  const ready = await db.replayClip.count({ where: { userId, status: 'READY' } });
  return { acceptMs, readyMs, rssBefore, rssPeak, longestQueue, ready, failed: people.length - ready };
}
