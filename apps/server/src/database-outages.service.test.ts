import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveEvent } from '@hindsight/shared/live';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openOutageStage, type OutageStage, type Press } from './testing/outage-stage.ts';
import type { Visitor } from './testing/buffered-people.ts';

/** The database is killed this often while people press. */
const KILLS = Number(process.env['FUZZ_RUNS'] ?? 1);
const PEOPLE = 2;
/** The log's number for this level. */
const ERROR = 50;
const POST_PROCESSING = 'polish-clip';

let stage: OutageStage;
let sharers: Visitor[];

beforeAll(async () => {
  stage = await openOutageStage();
  sharers = await Promise.all(Array.from({ length: PEOPLE }, stage.createSharer));
}, 60_000);
afterAll(() => stage.remove());

const count = (msg: string) => stage.lines.filter((line) => line.msg === msg).length;

it('everything that needs the database says so while it is away, and works again without a restart', async () => {
  const [sharer] = sharers;
  if (sharer === undefined) throw new Error('there is nobody');
  const { clip } = await sharer.api.mutate<{ clip: { id: string } }>('replay.capture', {
    channelId: stage.channelId,
    lastMinutes: 1,
  });
  await expect.poll(async () => (await stage.clipOf(sharer, clip.id)).status).toBe('READY');
  const video = `/api/clips/${clip.id}/video`;
  expect((await sharer.api.fetch(video)).status).toBe(200);

  const stop = new AbortController();
  const heard: LiveEvent[] = [];
  let hasStreamEnded = false;
  const follow = async () => {
    const input = { communityId: stage.communityId, channelIds: [stage.channelId] };
    for await (const event of sharer.api.subscribe<LiveEvent>('live.events', input, stop.signal))
      heard.push(event);
  };
  void follow()
    .catch(() => undefined)
    .finally(() => (hasStreamEnded = true));
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(3);

  await stage.postgres.end('SIGINT');
  await expect(sharer.api.query('quota.mine')).rejects.toMatchObject({
    status: 503,
    code: 'DATABASE_UNAVAILABLE',
  });
  for (const path of [video, `/api/links/${'a'.repeat(43)}/video`]) {
    const response = await sharer.api.fetch(path);
    expect([path, response.status]).toEqual([path, 503]);
    expect([path, response.headers.get('retry-after')]).toEqual([path, '5']);
  }
  expect((await sharer.api.fetch('/healthz')).status).toBe(200);
  const ready = await sharer.api.fetch('/readyz');
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ database: 'unavailable', livekit: 'ok', storage: 'ok' });
  await expect.poll(() => count('the database is away')).toBe(1);

  await stage.postgres.start();
  await expect.poll(() => count('the database is back')).toBe(1);
  expect(await sharer.api.query('quota.mine')).toMatchObject({ reservedBytes: 0 });
  expect((await sharer.api.fetch(video)).status).toBe(200);
  // The page is told to read everything again, on the stream that it has.
  await expect.poll(() => heard.some(({ feed }) => feed === 'gap')).toBe(true);
  expect(hasStreamEnded).toBe(false);
  stop.abort();
});

it(
  `each press ends in a clip or in a reason, and quotas are exact, when the database is killed ${KILLS} times meanwhile`,
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    const before = await stage.db.replayClip.findMany({ select: { id: true } });
    const presses: Press[] = [];
    const stop = new AbortController();
    const pressing = sharers.map((sharer) => stage.pressOn(sharer, presses, stop.signal));
    let slowestMs = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(randomInt(600));
      await stage.postgres.end('SIGKILL');
      await sleep(randomInt(300));
      await stage.postgres.start();
      const backAt = performance.now();
      const pending = presses.filter(({ settledAt }) => settledAt === null);
      await expect.poll(() => pending.every(({ settledAt }) => settledAt !== null)).toBe(true);
      const latest = Math.max(backAt, ...pending.map(({ settledAt }) => settledAt ?? 0));
      slowestMs = Math.max(slowestMs, latest - backAt);
    }
    stop.abort();
    await Promise.all(pressing);
    process.stdout.write(`the last press of an outage ended ${Math.round(slowestMs)} ms after it at most\n`);

    await expect.poll(() => stage.db.replayClip.count({ where: { status: 'PROCESSING' } })).toBe(0);
    const accepted = presses.flatMap(({ clipId }) => clipId ?? []);
    const clips = await stage.db.replayClip.findMany({
      where: { id: { notIn: before.map(({ id }) => id) } },
      include: { file: true },
    });
    // No press was accepted twice, none was lost, and none was refused though its clip is there.
    expect(clips.map(({ id }) => id).toSorted()).toEqual(accepted.toSorted());
    expect(new Set(clips.map(({ pressKey }) => pressKey)).size).toBe(clips.length);
    expect(clips.map(({ status }) => status)).toEqual(clips.map(() => 'READY'));
    for (const code of new Set(presses.flatMap((press) => press.code ?? [])))
      expect(['DATABASE_UNAVAILABLE', 'TOO_MANY_CAPTURES']).toContain(code);
    expect(accepted.length).toBeGreaterThan(KILLS);

    for (const { user } of sharers) {
      const quota = await stage.db.userReplayQuota.findUniqueOrThrow({ where: { userId: user.id } });
      const owned = await stage.db.replayClip.findMany({ where: { userId: user.id } });
      expect(quota.reservedBytes).toBe(0n);
      expect(quota.usedBytes).toBe(owned.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n));
    }
    // Nothing but the outages themselves is worth a line. Post-processing fails, because these pictures can't be decoded.
    const worse = stage.lines.filter(({ level, queue }) => level >= ERROR && queue !== POST_PROCESSING);
    expect(worse).toEqual([]);
    expect(count('the database is away')).toBeLessThanOrEqual(1 + KILLS);
  },
);
