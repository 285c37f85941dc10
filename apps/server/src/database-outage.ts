import { setTimeout as sleep } from 'node:timers/promises';
import { inLogContext } from './log-context.ts';
import type { Log } from './log.ts';

/** While the database is away, it is asked this often whether it is back. */
const PROBE_MS = 500;
/**
 * It is back when it answers and nothing has failed for this long. A connection that has outlived its server for a moment may still
 * answer, and others turn out to be broken one by one.
 */
const QUIET_MS = 1000;

export type DatabaseOutage = ReturnType<typeof createDatabaseOutage>;

/**
 * Follows outages of the database: an error that says that it is away begins one, and its answers to probes end it. Each is logged
 * once, however many requests and periodic tasks fail meanwhile.
 */
export function createDatabaseOutage() {
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  let watched: { probe: () => Promise<unknown>; log: Pick<Log, 'info' | 'warn'> } | undefined;
  let waiting: Promise<void> | undefined;

  let failedAt = -Infinity;

  async function untilItAnswers(probe: () => Promise<unknown>): Promise<boolean> {
    while (!closing.signal.aborted) {
      await sleep(PROBE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      const answers = await probe().then(
        () => true,
        () => false,
      );
      if (answers && performance.now() - failedAt >= QUIET_MS) return true;
    }
    return false;
  }

  async function follow(error: unknown, { probe, log }: NonNullable<typeof watched>): Promise<void> {
    const startedAt = performance.now();
    // The error itself is not among the fields, because the log would report it here again.
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'the database is away');
    if (!(await untilItAnswers(probe))) return;
    log.info({ durationMs: Math.round(performance.now() - startedAt) }, 'the database is back');
    for (const listener of listeners) listener();
  }

  return {
    /** Takes note of an error that says that the database is away. */
    noticed(cause: unknown): void {
      if (watched === undefined || closing.signal.aborted) return;
      failedAt = performance.now();
      const database = watched;
      // The outage is not about the request that happened to meet it first.
      waiting ??= inLogContext({}, () => follow(cause, database)).finally(() => (waiting = undefined));
    },

    /** Begins to follow outages. What was noticed before has ended the start of the server. */
    watch(database: NonNullable<typeof watched>): void {
      watched = database;
    },

    /** Calls the listener whenever the database is back. Returns the function that ends it. */
    onBack(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Ends it, and waits for a probe under way. */
    async close(): Promise<void> {
      closing.abort();
      await waiting;
    },
  };
}
