interface Waiter {
  /** The moment that is waited for, in epoch ms. */
  toMs: number;
  resolve: () => void;
}

/** Lets callers wait until a recording is published up to a moment. */
export class TailWaiters {
  private readonly waiting = new Set<Waiter>();

  /** Resolves when `reached` reports the moment, or the time is up. */
  async wait(toMs: number, timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { toMs, resolve };
    this.waiting.add(waiter);
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.waiting.delete(waiter);
  }

  /** Reports that everything up to a moment is published; infinity when nothing more comes. */
  reached(endMs: number): void {
    for (const { toMs, resolve } of this.waiting) if (endMs >= toMs) resolve();
  }
}
