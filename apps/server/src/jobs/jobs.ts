import { setTimeout as delay } from 'node:timers/promises';
import { SECOND } from '@hindsight/shared/units';
import type { PgBoss } from 'pg-boss';
import type { Servers } from '../cluster/servers.ts';
import type { AppEvents } from '../events/events.ts';
import { inLogContext } from '../log-context.ts';
import type { Log } from '../log.ts';
import { createChores } from './chores.ts';
import { openQueue, type JobHandler, type Queue, type QueueOptions } from './queue.ts';

/** Jobs are work that outlives a request: durable queues on the database, which all servers share, and periodic chores. */
export interface Jobs {
  /**
   * Declares a queue and its handler. The handler also gets waiting and interrupted jobs of earlier runs; jobs of a
   * server that is gone go to another server.
   */
  work<T extends object>(queue: string, options: QueueOptions, handler: JobHandler<T>): Promise<void>;
  /**
   * Stores a job; a handler starts it at once. The same data never waits twice and never runs twice at the same time on
   * one server; if it is sent while it runs, it runs once more afterwards. The queue must have been declared.
   */
  send(queue: string, data: object): Promise<void>;
  /**
   * Runs a chore at once and then at every interval, never twice at the same time. Failures are logged and don't end it.
   * Only one of all servers runs it.
   */
  every(name: string, intervalMs: number, run: (signal: AbortSignal) => Promise<void>): void;
  /** Runs a chore in the same way, but on each server. */
  everyHere(name: string, intervalMs: number, run: (signal: AbortSignal) => Promise<void>): void;
  /** Runs every chore once and all queued jobs, now. Resolves when nothing is left to do. */
  runAll(): Promise<void>;
  /** Accepts no new work, aborts the signals of running handlers and waits for them, up to a limit. */
  close(): Promise<void>;
}

/** When the server shuts down, running handlers get this long to end by themselves. */
const CLOSE_LIMIT_MS = 8 * SECOND;

/** Interrupted jobs are looked for this often. */
const RESUME_INTERVAL_MS = 10 * SECOND;

/**
 * Makes the jobs.
 * @param boss started; closed by whoever opened it, after the jobs
 */
export function createJobs({
  boss,
  servers,
  events,
  log,
  closeLimitMs = CLOSE_LIMIT_MS,
}: {
  boss: PgBoss;
  servers: Pick<Servers, 'isLeader' | 'liveIds'>;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  log: Log;
  closeLimitMs?: number;
}): Jobs {
  const closing = new AbortController();
  const queues = new Map<string, Queue>();
  const chores = createChores({ log, signal: closing.signal, isLeader: servers.isLeader });
  const stopListening = events.listen('queued', ({ queue }, origin) => {
    if (origin === 'elsewhere') queues.get(queue)?.wake();
  });

  return {
    async work(name, options, handler) {
      if (queues.has(name)) throw new Error(`queue ${name} has been declared before`);
      // Log lines are about the job, not about the request that happened to send it or an earlier job.
      const handle: typeof handler = (data, signal) =>
        inLogContext({ queue: name, ...clipOf(data) }, () => handler(data, signal));
      const queue = await openQueue({ boss, log, signal: closing.signal }, name, options, handle);
      queues.set(name, queue);
      // When no other server is there, jobs marked as running were interrupted by the end of an earlier process.
      if ((await servers.liveIds()).length === 1) await queue.resumeInterrupted({ isSure: true });
      queue.wake();
      chores.every(`interrupted jobs of ${name}`, RESUME_INTERVAL_MS, () =>
        queue.resumeInterrupted({ isSure: false }),
      );
    },

    async send(name, data) {
      const queue = queues.get(name);
      if (queue === undefined) throw new Error(`queue ${name} has not been declared`);
      await queue.send(data);
      // This server has no room for the job, but another one may.
      if (!queue.hasRoom()) events.emit('queued', { queue: name });
    },

    every: chores.every,
    everyHere: (name, intervalMs, run) => chores.every(name, intervalMs, run, { isForEach: true }),

    async runAll() {
      await chores.runAll();
      await Promise.all([...queues.values()].map((queue) => queue.drain()));
    },

    async close() {
      closing.abort();
      stopListening();
      const ended = Promise.all([chores.close(), ...[...queues.values()].map((queue) => queue.close())]);
      const isEnded = await Promise.race([
        ended.then(() => true),
        delay(closeLimitMs, false, { ref: false }),
      ]);
      if (!isEnded)
        log.warn({ closeLimitMs }, 'some jobs did not end in time; the next start runs them again');
      for (const queue of queues.keys()) events.emit('queued', { queue });
    },
  };
}

function clipOf(data: object): { clipId?: string } {
  return 'clipId' in data && typeof data.clipId === 'string' ? { clipId: data.clipId } : {};
}
