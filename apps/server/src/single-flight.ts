/** Work of which two calls for one key at the same time are one. */
export class SingleFlight<Result> {
  private readonly running = new Map<string, Promise<Result>>();

  has(key: string): boolean {
    return this.running.has(key);
  }

  /** @param work begun at once, unless it is under way */
  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const earlier = this.running.get(key);
    if (earlier !== undefined) return earlier;
    const started = work().finally(() => this.running.delete(key));
    this.running.set(key, started);
    return started;
  }
}
