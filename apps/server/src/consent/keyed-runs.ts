/**
 * Runs work for one key at a time. What is asked for while it runs is done once more afterwards, however often it was asked for,
 * because the run under way may have read what was true before.
 */
export function createKeyedRuns(work: (key: string) => Promise<void>) {
  const running = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();

  function start(key: string): Promise<void> {
    const run = work(key).finally(() => running.delete(key));
    running.set(key, run);
    return run;
  }

  return {
    /** Resolves, or rejects, with a run that began after the call. */
    run(key: string): Promise<void> {
      const waiting = next.get(key);
      if (waiting !== undefined) return waiting;
      const present = running.get(key);
      if (present === undefined) return start(key);
      const again = present
        .catch(() => undefined)
        .then(() => {
          next.delete(key);
          return start(key);
        });
      next.set(key, again);
      return again;
    },

    /** Resolves when nothing runs or waits any more. */
    async settled(): Promise<void> {
      while (running.size + next.size > 0) await Promise.allSettled([...running.values(), ...next.values()]);
    },
  };
}
