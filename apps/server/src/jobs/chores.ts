import type { Log } from '../log.ts';

/** Periodic work of this process; each chore is run by one loop, so it never overlaps with itself. */
export interface Chores {
  every(name: string, intervalMs: number, run: (signal: AbortSignal) => Promise<void>): void;
  /** Runs each chore once, now, after a run that is under way; the first failure is thrown when all are through. */
  runAll(): Promise<void>;
  close(): Promise<void>;
}

export function createChores({ log, signal }: { log: Log; signal: AbortSignal }): Chores {
  const chores: { run: () => Promise<void>; stop: () => void; current: () => Promise<void> }[] = [];

  function every(name: string, intervalMs: number, work: (signal: AbortSignal) => Promise<void>): void {
    let current = Promise.resolve();
    let timer: NodeJS.Timeout | undefined;

    function run(): Promise<void> {
      clearTimeout(timer);
      const next = current.then(() => (signal.aborted ? undefined : work(signal)));
      current = next.then(arm, (error: unknown) => {
        if (!signal.aborted) log.error({ err: error, chore: name }, 'chore failed');
        arm();
      });
      return next;
    }

    function arm(): void {
      clearTimeout(timer);
      // A run's failure is logged there.
      if (!signal.aborted) timer = setTimeout(() => void run().catch(() => undefined), intervalMs);
    }

    arm();
    chores.push({ run, stop: () => clearTimeout(timer), current: () => current });
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
