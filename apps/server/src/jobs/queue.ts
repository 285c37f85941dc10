import { createHash } from 'node:crypto';
import { SECOND } from '@hindsight/shared/units';
import type { PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import type { JobHandler, QueueOptions } from './jobs.ts';

/** Jobs are picked up when they are sent; looking for them is only for those whose retry has been put off. */
const POLL_MS = 10 * SECOND;
const DEFAULT_TIMEOUT_MS = 900 * SECOND;
/** So that the database never gives up a job before its handler's own timeout has. */
const EXPIRY_MARGIN_SECONDS = 60;
/** How long a finished job stays visible in the database. */
const KEPT_AFTER_SECONDS = 3600;

/** One durable queue and the handlers that work it off in this process. */
export interface Queue {
  send(data: object): Promise<void>;
  /** Resolves when nothing waits (other than for a later retry) and nothing runs. */
  drain(): Promise<void>;
  /** Takes nothing new and resolves when the running handlers have ended. */
  close(): Promise<void>;
}

/**
 * Opens a queue. One server works on a database, so what is marked as running at this moment was cut short by the end of an
 * earlier process and is run again.
 */
export async function openQueue<T extends object>(
  { boss, log, signal }: { boss: PgBoss; log: Log; signal: AbortSignal },
  name: string,
  { concurrency, retryLimit = 0, retryDelayMs = 0, timeoutMs = DEFAULT_TIMEOUT_MS }: QueueOptions,
  handler: JobHandler<T>,
): Promise<Queue> {
  const options = {
    retryLimit,
    retryDelay: Math.ceil(retryDelayMs / SECOND),
    expireInSeconds: Math.ceil(timeoutMs / SECOND) + EXPIRY_MARGIN_SECONDS,
    deleteAfterSeconds: KEPT_AFTER_SECONDS,
  };
  if ((await boss.getQueue(name)) === null) await boss.createQueue(name, { ...options, policy: 'short' });
  else await boss.updateQueue(name, options);
  await resumeInterrupted(boss, name, log);

  const running = new Set<Promise<void>>();
  /** The newest run of each key: jobs with the same data run one after the other. */
  const runOf = new Map<string, Promise<void>>();
  let pumping: Promise<void> | undefined;
  let isPumpWanted = false;
  let isClosed = false;

  async function run(job: { id: string; data: T }): Promise<void> {
    const jobSignal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      await handler(job.data, jobSignal);
      await boss.complete(name, job.id);
    } catch (error) {
      // Left as running in the database: the next start runs it again.
      if (signal.aborted) return;
      log.error({ err: error, queue: name, jobId: job.id }, 'job failed');
      await boss.fail(name, job.id, { message: error instanceof Error ? error.message : String(error) });
    }
  }

  function begin(job: { id: string; data: T }): void {
    const key = keyOf(job.data);
    const before = runOf.get(key) ?? Promise.resolve();
    const work = before
      .then(() => run(job))
      .catch((error: unknown) =>
        log.error({ err: error, queue: name, jobId: job.id }, 'job could not be settled'),
      )
      .finally(() => {
        running.delete(work);
        if (runOf.get(key) === work) runOf.delete(key);
        pump();
      });
    running.add(work);
    runOf.set(key, work);
  }

  async function fetchWhileRoom(): Promise<void> {
    while (isPumpWanted && !isClosed && running.size < concurrency) {
      isPumpWanted = false;
      const jobs = await boss.fetch<T>(name, { batchSize: concurrency - running.size });
      jobs.forEach(begin);
      if (jobs.length > 0) isPumpWanted = true;
    }
  }

  /** Takes jobs while there is room; asked again meanwhile, it looks again. */
  function pump(): void {
    isPumpWanted = true;
    pumping ??= fetchWhileRoom()
      .catch((error: unknown) => log.error({ err: error, queue: name }, 'jobs could not be fetched'))
      .finally(() => {
        pumping = undefined;
        // Asked between the last look and here.
        if (isPumpWanted && !isClosed && running.size < concurrency) pump();
      });
  }

  const poll = setInterval(pump, POLL_MS);
  pump();

  return {
    async send(data) {
      // The policy `short` keeps one waiting job a key.
      await boss.send(name, data, { singletonKey: keyOf(data) });
      pump();
    },
    async drain() {
      do {
        pump();
        await pumping;
        await Promise.all(running);
      } while (running.size > 0 || pumping !== undefined);
    },
    async close() {
      isClosed = true;
      clearInterval(poll);
      await pumping;
      await Promise.all(running);
    },
  };
}

function keyOf(data: object): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}

async function resumeInterrupted(boss: PgBoss, name: string, log: Log): Promise<void> {
  const jobs = await boss.findJobs(name);
  for (const { id, state } of jobs) {
    if (state !== 'active') continue;
    await boss.cancel(name, id);
    try {
      await boss.resume(name, id);
    } catch (error) {
      // Its twin waits already, and one run is enough.
      log.debug({ err: error, queue: name, jobId: id }, 'interrupted job dropped');
    }
  }
}
