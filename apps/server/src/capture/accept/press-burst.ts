/** Clips are not kept waiting longer than this, however many presses there are. */
const MAX_WAIT_MS = 500;

export type PressBurst = ReturnType<typeof createPressBurst>;

/**
 * Lets presses of the same moment go before the making of clips: everybody waits for an answer, and making the first clips takes
 * the processors that the last answers need.
 */
export function createPressBurst({ maxWaitMs = MAX_WAIT_MS } = {}) {
  let running = 0;
  const waiting = new Set<() => void>();

  return {
    /** Runs the acceptance of one press. */
    async accept<Result>(work: () => Promise<Result>): Promise<Result> {
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0) for (const goOn of waiting) goOn();
      }
    },

    /** Resolves when no press is being accepted, or after the longest wait. */
    async end(): Promise<void> {
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        const goOn = () => {
          clearTimeout(timer);
          waiting.delete(goOn);
          resolve();
        };
        const timer = setTimeout(goOn, maxWaitMs);
        waiting.add(goOn);
      });
    },
  };
}
