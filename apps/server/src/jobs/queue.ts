import { createHash } from 'node:crypto';
import { SECOND } from '@hindsight/shared/units';
import type { PgBoss } from 'pg-boss';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { Log } from '../log.ts';

/** These options say how the jobs of a queue run. */
export interface QueueOptions {
  /** At most this many handlers of the queue run at the same time in this process. */
  concurrency: number;
  /** A job whose handler threw is tried again this often. Handlers that count by themselves leave it at 0. */
  retryLimit?: number;
  retryDelayMs?: number;
  /** After this time the handler's signal aborts and the try counts as failed. */
  timeoutMs?: number;
}

/**
 * Runs one job. The signal aborts at the timeout and when the server shuts down; an interrupted job runs again at the
 * next start, and one that fails because the database is away runs again until its timeout.
 */
export type JobHandler<T> = (data: T, signal: AbortSignal) => Promise<void>;

/** Sent jobs start at once. Polling finds jobs whose retry was delayed, and jobs of other servers. */
const POLL_MS = 10 * SECOND;
const DEFAULT_TIMEOUT_MS = 900 * SECOND;
/** The margin makes sure that the database never gives up a job before its handler's own timeout. */
const EXPIRY_MARGIN_SECONDS = 60;
/** A server renews its jobs this often, and after LEASE_MS without that another server takes them. */
const TOUCH_MS = 3 * SECOND;
const LEASE_MS = 15 * SECOND;
/** A finished job stays in the database for this long. */
const KEPT_AFTER_SECONDS = 3600;

/** Selects interrupted jobs by the database's clock. pg-boss itself only lists whole queues, with all finished jobs. */
const INTERRUPTED = `
  SELECT id FROM pgboss.job
  WHERE name = $1 AND state = 'active' AND heartbeat_on <= now() - $2 * interval '1 second'`;

/** This is one durable queue with the handlers that run its jobs in this process. */
export interface Queue {
  send(data: object): Promise<void>;
  /** Tells whether another job could run here. */
  hasRoom(): boolean;
  /** Looks for jobs now. */
  wake(): void;
  /**
   * Lets jobs run again whose server has died meanwhile. Only one server at a time may call it.
   * @param isSure takes all jobs, because no other server can be working on any; otherwise only those without a heartbeat
   */
  resumeInterrupted(options: { isSure: boolean }): Promise<void>;
  /** Resolves when nothing waits (other than for a later retry) and nothing runs. */
  drain(): Promise<void>;
  /** Accepts no new jobs and resolves when the running handlers have ended. */
  close(): Promise<void>;
}

/** Opens a queue, which other servers may share. It starts with the first `wake`. */
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

  const running = new Set<Promise<void>>();
  /** These are the ids of the jobs that this server has fetched and not finished. */
  const unsettledIds = new Set<string>();
  /** This is the newest run of each key: jobs with the same data run one after the other. */
  const runOf = new Map<string, Promise<void>>();
  let pumping: Promise<void> | undefined;
  let isPumpWanted = false;
  let isClosed = false;

  async function run(job: { id: string; data: T }): Promise<void> {
    const jobSignal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const whileAway = { signal: jobSignal };
    try {
      // An outage of the database is no fault of the job's.
      await retryWhileDatabaseIsAway(() => handler(job.data, jobSignal), whileAway);
      await retryWhileDatabaseIsAway(() => boss.complete(name, job.id), whileAway);
    } catch (error) {
      // The shutdown interrupted it, so another server, or the next start, runs it again.
      if (signal.aborted) return resume(job.id);
      log.error({ err: error, queue: name, jobId: job.id }, 'job failed');
      await boss.fail(name, job.id, { message: error instanceof Error ? error.message : String(error) });
    }
  }

  function begin(job: { id: string; data: T }): void {
    const key = keyOf(job.data);
    unsettledIds.add(job.id);
    const before = runOf.get(key) ?? Promise.resolve();
    const work = before
      .then(() => run(job))
      .catch((error: unknown) =>
        log.error({ err: error, queue: name, jobId: job.id }, 'the result of a job could not be stored'),
      )
      .finally(() => {
        running.delete(work);
        unsettledIds.delete(job.id);
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

  /** Fetches jobs while there is room. When called during a fetch, it looks again afterwards. */
  function pump(): void {
    isPumpWanted = true;
    pumping ??= fetchWhileRoom()
      .catch((error: unknown) => log.error({ err: error, queue: name }, 'jobs could not be fetched'))
      .finally(() => {
        pumping = undefined;
        // It was called between the last fetch and here.
        if (isPumpWanted && !isClosed && running.size < concurrency) pump();
      });
  }

  /** Makes a job that is marked as running wait again. */
  async function resume(id: string): Promise<void> {
    await boss.cancel(name, id);
    try {
      await boss.resume(name, id);
    } catch (error) {
      // The same data waits already, and one run is enough.
      log.debug({ err: error, queue: name, jobId: id }, 'interrupted job dropped');
    }
  }

  function touch(): void {
    if (unsettledIds.size === 0) return;
    boss
      .touch(name, [...unsettledIds])
      .catch((error: unknown) => log.warn({ err: error, queue: name }, 'job heartbeats could not be sent'));
  }

  const timers = [setInterval(pump, POLL_MS), setInterval(touch, TOUCH_MS)];

  return {
    async send(data) {
      // The policy `short` keeps one waiting job for each key.
      await boss.send(name, data, { singletonKey: keyOf(data) });
      pump();
    },
    hasRoom: () => running.size < concurrency,
    wake: pump,
    async resumeInterrupted({ isSure }) {
      const { rows } = await boss.getDb().executeSql(INTERRUPTED, [name, isSure ? 0 : LEASE_MS / SECOND]);
      const ids = (rows as { id: string }[]).map(({ id }) => id).filter((id) => !unsettledIds.has(id));
      for (const id of ids) await resume(id);
      if (ids.length > 0) pump();
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
      for (const timer of timers) clearInterval(timer);
      await pumping;
      await Promise.all(running);
    },
  };
}

function keyOf(data: object): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}
