import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { AppError } from '@hindsight/shared/errors';
import type { PgBoss } from 'pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerSoleServer, type Servers } from '../cluster/servers.ts';
import { createAppEvents } from '../events/events.ts';
import { createLog } from '../log.ts';
import { openBoss } from './boss.ts';
import { createJobs, type Jobs } from './jobs.ts';

let database: Database;
let boss: PgBoss;
let servers: Servers;
let logged: string[];
let jobs: Jobs;
let queueNumber = 0;
let queue: string;

function openJobs(closeLimitMs?: number): Jobs {
  const log = createLog({ level: 'warn', destination: { write: (line) => void logged.push(line) } });
  return createJobs({ boss, servers, events: createAppEvents(), log, closeLimitMs });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen within 10 s');
    await delay(5);
  }
}

beforeAll(async () => {
  database = await openTestDatabase();
  servers = await registerSoleServer(database.client);
  boss = await openBoss(database, createLog({ level: 'silent' }));
});
afterAll(async () => {
  await boss.stop({ graceful: false, close: false });
  await database.close();
});
beforeEach(() => {
  logged = [];
  queue = `queue-${queueNumber++}`;
  jobs = openJobs();
});
afterEach(() => jobs.close());

describe('a queue', () => {
  it('runs a sent job with its data, without waiting for a poll', async () => {
    const ran: unknown[] = [];
    await jobs.work(queue, { concurrency: 1 }, async (data) => void ran.push(data));
    await jobs.send(queue, { clipId: 'a' });
    await jobs.send(queue, { clipId: 'b' });
    await until(() => ran.length === 2);
    expect(ran).toEqual([{ clipId: 'a' }, { clipId: 'b' }]);
  });

  it('never exceeds its concurrency, and runs all jobs in the end', async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    await jobs.work(queue, { concurrency: 2 }, async () => {
      most = Math.max(most, ++running);
      await delay(10);
      running--;
      done++;
    });
    await Promise.all(Array.from({ length: 7 }, (_, n) => jobs.send(queue, { n })));
    await until(() => done === 7);
    expect(most).toBe(2);
  });

  it('never runs the same data twice at once, and once more when it is sent meanwhile', async () => {
    let running = 0;
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    await jobs.work(queue, { concurrency: 3 }, async () => {
      expect(++running).toBe(1);
      await gate.promise;
      running--;
      runs++;
    });
    await jobs.send(queue, { clipId: 'a' });
    await until(() => running === 1);
    await jobs.send(queue, { clipId: 'a' });
    gate.resolve();
    await jobs.runAll();
    expect(runs).toBe(2);
    expect(logged).toEqual([]);
  });

  it('stores the same data only once while it waits', async () => {
    const ran: unknown[] = [];
    const gate = Promise.withResolvers<void>();
    await jobs.work(queue, { concurrency: 1 }, async (data) => {
      ran.push(data);
      await gate.promise;
    });
    await jobs.send(queue, { clipId: 'first' });
    await until(() => ran.length === 1);
    for (let n = 0; n < 4; n++) await jobs.send(queue, { clipId: 'second' });
    gate.resolve();
    await jobs.runAll();
    expect(ran).toEqual([{ clipId: 'first' }, { clipId: 'second' }]);
  });

  it('retries a failed job as often as configured, then logs it and gives up', async () => {
    let tries = 0;
    await jobs.work(queue, { concurrency: 1, retryLimit: 2 }, async () => {
      tries++;
      throw new Error('disk on fire');
    });
    await jobs.send(queue, { n: 1 });
    await until(() => tries === 3);
    await jobs.runAll();
    expect(tries).toBe(3);
    expect(logged.join('')).toContain('disk on fire');
  });

  it('aborts a handler’s signal at its timeout', async () => {
    let reason: unknown;
    await jobs.work(queue, { concurrency: 1, timeoutMs: 1000 }, async (_data, signal) => {
      await delay(60_000, undefined, { signal }).catch(() => (reason = signal.reason));
    });
    await jobs.send(queue, { n: 1 });
    await jobs.runAll();
    expect(reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('runs a job that a shutdown interrupted again at the next start', async () => {
    const started = Promise.withResolvers<void>();
    await jobs.work(queue, { concurrency: 1 }, async (_data, signal) => {
      started.resolve();
      await delay(60_000, undefined, { signal });
    });
    await jobs.send(queue, { clipId: 'a' });
    await started.promise;
    await jobs.send(queue, { clipId: 'waiting' });
    await jobs.send(queue, { clipId: 'a' });
    await jobs.close();

    const ran: unknown[] = [];
    jobs = openJobs();
    await jobs.work(queue, { concurrency: 1 }, async (data) => void ran.push(data));
    await jobs.runAll();
    expect(ran).toHaveLength(2);
    expect(ran).toContainEqual({ clipId: 'a' });
    expect(ran).toContainEqual({ clipId: 'waiting' });
  });

  it('does not delay a shutdown for longer than the limit', async () => {
    jobs = openJobs(50);
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    await jobs.work(queue, { concurrency: 1 }, () => {
      started.resolve();
      return ended.promise;
    });
    await jobs.send(queue, { n: 1 });
    await started.promise;
    await jobs.close();
    expect(logged.join('')).toContain('did not end in time');
    ended.resolve();
  });

  it('must be declared, and only once', async () => {
    await expect(jobs.send(queue, {})).rejects.toThrow('has not been declared');
    await jobs.work(queue, { concurrency: 1 }, async () => {});
    await expect(jobs.work(queue, { concurrency: 1 }, async () => {})).rejects.toThrow('declared before');
  });
});

describe('a chore', () => {
  it('runs at once and then repeatedly, never twice at the same time', async () => {
    let running = 0;
    let runs = 0;
    jobs.every('sweep', 1, async () => {
      expect(++running).toBe(1);
      await delay(3);
      running--;
      runs++;
    });
    await Promise.all([jobs.runAll(), jobs.runAll()]);
    await until(() => runs > 5);
    expect(logged).toEqual([]);
  });

  it('survives its failures: unexpected ones are logged as errors, unavoidable ones as warnings', async () => {
    let runs = 0;
    jobs.every('faulty', 1, () => {
      runs++;
      return Promise.reject(runs === 1 ? new Error('bug') : new AppError('LIVEKIT_UNAVAILABLE'));
    });
    await until(() => runs > 2);
    const lines = logged.map((line) => JSON.parse(line) as { level: number; code?: string });
    expect(lines[0]).toMatchObject({ level: 50, chore: 'faulty' });
    expect(lines[1]).toMatchObject({ level: 40, code: 'LIVEKIT_UNAVAILABLE' });
  });

  it('is aborted by a shutdown, which waits for it', async () => {
    let hasEnded = false;
    jobs.every('long', 1000, async (signal) => {
      await delay(60_000, undefined, { signal }).catch(() => delay(5));
      hasEnded = true;
    });
    await delay(1);
    await jobs.close();
    expect(hasEnded).toBe(true);
  });

  it('makes runAll fail when it fails', async () => {
    jobs.every('faulty', 60_000, () => Promise.reject(new Error('bug')));
    await expect(jobs.runAll()).rejects.toThrow('bug');
  });
});
