const TICK_MS = 20;
/**
 * After packets the thread rests for this long, so that those of all sockets are taken at once. To wake up for each costs more
 * than the packet. It is below what a clock or a request for a lost packet would notice.
 */
const REST_MS = 10;
/** The event loop takes 32 datagrams in a row from a socket at most. When there may be more, nobody rests. */
const BURST = 24;

/** Sets the pace of a recording thread: when it wakes up, and what it does then. */
export class ThreadPace {
  private readonly ticks = new Set<(nowMs: number) => void>();
  private timer: NodeJS.Timeout | undefined;
  private readonly calls: Int32Array<SharedArrayBuffer>;
  private willRest = false;
  private isBurst = false;
  private lastSource: object | undefined;
  private inARow = 0;

  /**
   * @param calls shared memory with the number of calls that this thread has not answered yet. It does not rest while there are any,
   * because to answer one takes several steps, and packets come between them.
   */
  constructor(calls: Int32Array<SharedArrayBuffer>) {
    this.calls = calls;
  }

  /**
   * Calls the listener every 20 ms from now on, together with those of all recordings: timers of their own would wake the thread
   * for each. Returns the function that ends that.
   */
  each(tick: (nowMs: number) => void): () => void {
    this.ticks.add(tick);
    this.timer ??= setInterval(() => {
      for (const each of this.ticks) each(Date.now());
    }, TICK_MS);
    return () => {
      this.ticks.delete(tick);
      if (this.ticks.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** Notes a datagram of a source. The thread rests when all that have come are taken. */
  packetCame(source: object): void {
    this.inARow = source === this.lastSource ? this.inARow + 1 : 1;
    this.lastSource = source;
    if (this.inARow >= BURST) this.isBurst = true;
    if (this.willRest) return;
    this.willRest = true;
    setImmediate(() => this.rest());
  }

  private rest(): void {
    const { isBurst } = this;
    this.willRest = false;
    this.isBurst = false;
    this.lastSource = undefined;
    if (!isBurst) Atomics.wait(this.calls, 0, 0, REST_MS);
  }
}
