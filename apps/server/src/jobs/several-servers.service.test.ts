import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import type { PgBoss } from 'pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wireBuses } from '../cluster/testing/wired-buses.ts';
import { createAppEvents } from '../events/events.ts';
import { createLog } from '../log.ts';
import { openBoss } from './boss.ts';
import { createJobs, type Jobs } from './jobs.ts';

let database: Database;
let boss: PgBoss;
/** Opens the jobs of two servers on one database. */
let one: Jobs;
let two: Jobs;
let leader: Jobs;
let queueNumber = 0;
let queue: string;

beforeAll(async () => {
  database = await openTestDatabase();
  boss = await openBoss(database, createLog({ level: 'silent' }));
});
afterAll(async () => {
  await boss.stop({ graceful: false, close: false });
  await database.close();
});
beforeEach(() => {
  queue = `shared-${queueNumber++}`;
  const [first, second] = wireBuses(2).buses.map((bus): Jobs => {
    const jobs: Jobs = createJobs({
      boss,
      servers: { isLeader: () => leader === jobs, liveIds: async () => ['one', 'two'] },
      events: createAppEvents(bus),
      log: createLog({ level: 'silent' }),
    });
    return jobs;
  });
  if (first === undefined || second === undefined) throw new Error('two buses');
  [one, two] = [first, second];
  leader = one;
});
afterEach(() => Promise.all([one.close(), two.close()]));

/** Leaves a job behind whose server was killed meanwhile. */
async function abandonJob(data: object, silentSeconds: number): Promise<void> {
  await boss.createQueue(queue, { policy: 'short' });
  await boss.send(queue, data);
  const [job] = await boss.fetch(queue);
  await boss
    .getDb()
    .executeSql(`UPDATE pgboss.job SET heartbeat_on = now() - $2 * interval '1 second' WHERE id = $1`, [
      job?.id,
      silentSeconds,
    ]);
}

describe('a queue of two servers', () => {
  it('is shared by both, and each job is run by one of them', async () => {
    const ran: { server: string; n: number }[] = [];
    const gate = Promise.withResolvers<void>();
    for (const [server, jobs] of [
      ['one', one],
      ['two', two],
    ] as const)
      await jobs.work<{ n: number }>(queue, { concurrency: 1 }, async ({ n }) => {
        ran.push({ server, n });
        await gate.promise;
      });
    for (let n = 0; n < 6; n++) await one.send(queue, { n });
    // Nobody waits for a poll: the other server is told that there are more jobs than the first can run.
    await expect.poll(() => new Set(ran.map(({ server }) => server))).toEqual(new Set(['one', 'two']));
    gate.resolve();
    await Promise.all([one.runAll(), two.runAll()]);
    expect(ran.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('hands over a job that a shutdown interrupts', async () => {
    const started = Promise.withResolvers<void>();
    await one.work(queue, { concurrency: 1 }, async (_data, signal) => {
      started.resolve();
      await delay(60_000, undefined, { signal });
    });
    await one.send(queue, { n: 1 });
    await started.promise;
    const ran: unknown[] = [];
    await two.work(queue, { concurrency: 1 }, async (data) => void ran.push(data));
    await one.close();
    await expect.poll(() => ran).toEqual([{ n: 1 }]);
  });

  it('gives the jobs of a killed server to one of the others', async () => {
    await abandonJob({ n: 1 }, 20);
    const ran: unknown[] = [];
    for (const jobs of [one, two])
      await jobs.work(queue, { concurrency: 1 }, async (data) => void ran.push(data));
    await expect.poll(() => ran).toEqual([{ n: 1 }]);
    await Promise.all([one.runAll(), two.runAll()]);
    expect(ran).toHaveLength(1);
  });

  it('does not take a job with a recent heartbeat', async () => {
    await abandonJob({ n: 1 }, 5);
    const ran: unknown[] = [];
    for (const jobs of [one, two])
      await jobs.work(queue, { concurrency: 1 }, async (data) => void ran.push(data));
    await Promise.all([one.runAll(), two.runAll()]);
    expect(ran).toEqual([]);
  });
});

describe('a chore', () => {
  it('is run by one server for all, and by another one when that one leads', async () => {
    const done: string[] = [];
    one.every('sweep', 60_000, async () => void done.push('one'));
    two.every('sweep', 60_000, async () => void done.push('two'));
    await expect.poll(() => done).toEqual(['one']);
    leader = two;
    await Promise.all([one.runAll(), two.runAll()]);
    expect(done).toEqual(['one', 'two']);
  });

  it('for each server is run by all', async () => {
    const done: string[] = [];
    one.everyHere('look', 60_000, async () => void done.push('one'));
    two.everyHere('look', 60_000, async () => void done.push('two'));
    await expect.poll(() => done.toSorted()).toEqual(['one', 'two']);
  });
});
