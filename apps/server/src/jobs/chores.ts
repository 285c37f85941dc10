import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import { inLogContext } from '../log-context.ts';
import type { Log } from '../log.ts';

/** Periodic work; each chore is run by one loop, so it never overlaps with itself. */
export interface Chores {
  every(name: string, intervalMs: number, run: Chore, options?: { isForEach?: boolean }): void;
  /** Runs each chore once, now, after a run that is under way; the first failure is thrown when all are through. */
  runAll(): Promise<void>;
  close(): Promise<void>;
}

/** Whoever becomes the leader does everything soon, however rarely it is done. */
const LEADERSHIP_POLL_MS = 5 * SECOND;

type Chore = (signal: AbortSignal) => Promise<void>;

export function createChores({
  log,
  signal,
  isLeader,
}: {
  log: Log;
  signal: AbortSignal;
  /** Whether what isn't for each server is for this one to do. */
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
      current = next.then(arm, (error: unknown) => {
        if (!signal.aborted) report(name, error);
        arm();
      });
      return next;
    }

    /** Runs and forgets; a failure has been logged. */
    function runAlone(): void {
      run().catch(() => undefined);
    }

    function arm(): void {
      clearTimeout(timer);
      const delayMs = isOurs() ? intervalMs : Math.min(intervalMs, LEADERSHIP_POLL_MS);
      if (!signal.aborted) timer = setTimeout(runAlone, delayMs);
    }

    runAlone();
    chores.push({ run, stop: () => clearTimeout(timer), current: () => current });
  }

  /** What a chore can't help (LiveKit is down, the disk is full) is no fault of the program. */
  function report(chore: string, error: unknown): void {
    if (error instanceof AppError)
      log.warn({ chore, code: error.code, err: error.cause }, 'chore could not be done');
    else log.error({ chore, err: error }, 'chore failed');
  }

  return {
    every,
    async runAll() {
      const results = await Promise.allSettled(chores.map(({ run }) => run()));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
    async close() {
      for (const { stop } of chores) stop();
      await Promise.all(chores.map(({ current }) => current()));
    },
  };
}
