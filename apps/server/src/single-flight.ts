/** Merges simultaneous calls for one key into one run of the work. */
export class SingleFlight<Result> {
  private readonly running = new Map<string, Promise<Result>>();

  has(key: string): boolean {
    return this.running.has(key);
  }

  /** Starts the work for a key, or joins the run that is under way. */
  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const earlier = this.running.get(key);
    if (earlier !== undefined) return earlier;
    const started = work().finally(() => this.running.delete(key));
    this.running.set(key, started);
    return started;
  }
}
