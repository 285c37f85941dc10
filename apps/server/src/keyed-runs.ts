/**
 * Runs work for one key at a time. What is asked for while it runs is done once more afterwards, however often it was asked for,
 * because the run under way may have read what was true before.
 */
export class KeyedRuns {
  private readonly running = new Map<string, Promise<void>>();
  private readonly next = new Map<string, Promise<void>>();

  /** Resolves, or rejects, with a run that began after the call. All work of a key does the same. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const waiting = this.next.get(key);
    if (waiting !== undefined) return waiting;
    const present = this.running.get(key);
    if (present === undefined) return this.start(key, work);
    const again = present
      .catch(() => undefined)
      .then(() => {
        this.next.delete(key);
        return this.start(key, work);
      });
    this.next.set(key, again);
    return again;
  }

  /** Resolves when nothing runs or waits any more. */
  async settled(): Promise<void> {
    while (this.running.size + this.next.size > 0)
      await Promise.allSettled([...this.running.values(), ...this.next.values()]);
  }

  private start(key: string, work: () => Promise<void>): Promise<void> {
    const run = work().finally(() => this.running.delete(key));
    this.running.set(key, run);
    return run;
  }
}
