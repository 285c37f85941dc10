import { isDatabaseAway } from '@hindsight/db/database-away';
import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import { allDone } from '../all-done.ts';
import { inLogContext } from '../log-context.ts';
import type { Log } from '../log.ts';

/** Chores are periodic work. One loop runs each chore, so it never overlaps with itself. */
export interface Chores {
  every(name: string, intervalMs: number, run: Chore, options?: { isForEach?: boolean }): void;
  /** Runs each chore once, now, after any run under way. When all have ended, it throws the first failure. */
  runAll(): Promise<void>;
  close(): Promise<void>;
}

/** A new leader does every chore after this time at the latest, however long the chore's interval is. */
const LEADERSHIP_POLL_MS = 5 * SECOND;

/** A chore that failed because the database is away is done this soon afterwards, however long its interval is. */
const AWAY_RETRY_MS = 2 * SECOND;

type Chore = (signal: AbortSignal) => Promise<void>;

export function createChores({
  log,
  signal,
  isLeader,
}: {
  log: Log;
  signal: AbortSignal;
  /** Tells whether this server does the chores that only one server does. */
  isLeader: () => boolean;
}): Chores {
  const chores: { run: () => Promise<void>; stop: () => void; current: () => Promise<void> }[] = [];

  function every(name: string, intervalMs: number, work: Chore, { isForEach = false } = {}): void {
    const isOurs = () => isForEach || isLeader();
    let current = Promise.resolve();
    let timer: NodeJS.Timeout | undefined;

    function run(): Promise<void> {
      clearTimeout(timer);
      const next = current.then(() =>
        signal.aborted || !isOurs() ? undefined : inLogContext({ chore: name }, () => work(signal)),
      );
      current = next.then(
        () => arm(),
        (error: unknown) => {
          if (!signal.aborted) report(name, error);
          arm(isDatabaseAway(error) ? AWAY_RETRY_MS : Infinity);
        },
      );
      return next;
    }

    /** Runs the chore and ignores failures, which have been logged. */
    function runAlone(): void {
      run().catch(() => undefined);
    }

    function arm(withinMs = Infinity): void {
      clearTimeout(timer);
      const delayMs = Math.min(intervalMs, isOurs() ? withinMs : LEADERSHIP_POLL_MS);
      if (!signal.aborted) timer = setTimeout(runAlone, delayMs);
    }

    runAlone();
    chores.push({ run, stop: () => clearTimeout(timer), current: () => current });
  }

  /** Logs a failure. One that the chore can't prevent (LiveKit is down, the disk is full) is only a warning. */
  function report(chore: string, error: unknown): void {
    if (error instanceof AppError)
      log.warn({ chore, code: error.code, err: error.cause }, 'chore could not be done');
    else log.error({ chore, err: error }, 'chore failed');
  }

  return {
    every,
    async runAll() {
      await allDone(chores.map(({ run }) => run()));
    },
    async close() {
      for (const { stop } of chores) stop();
      await Promise.all(chores.map(({ current }) => current()));
    },
  };
}
