/** A pause of this long is looked at. A shorter one puts nothing further than this from its time. */
const PAUSE_MS = 250;
/** A pause is told by this from packets that come ever later. The last one before it may have been late, too. */
const PAUSE_STEP_MS = 100;
/** No network holds packets back for this long. */
const MAX_DELAY_MS = 10_000;
/** Nothing may have come less late for this long, so that a queue that drains slowly isn't taken for a clock. */
const SETTLED_MS = 400;
/** Less than this is noise, not a queue that drains. */
const NOISE_MS = 10;
/**
 * So many RTP times are needed, of them some since nothing comes less late. All packets of a picture have the same one, and a
 * few pictures of a slow share may be late one after the other by chance.
 */
const MIN_TIMES = 8;
const MIN_SETTLED_TIMES = 5;

interface Pause {
  sinceMs: number;
  /** The least lateness before the pause, and since. */
  usualMs: number;
  leastMs: number;
  /** Since `settledMs` nothing has come earlier than this, give or take noise. */
  settledLeastMs: number;
  settledMs: number;
  /** The number of RTP times since the pause, and since `settledMs`. */
  times: number;
  settledTimes: number;
}

/**
 * Tells a media clock that stood still, as that of a device does that was asleep, from a network that held packets back. Both
 * begin with a packet that comes late although nothing is missing before it. What was held back then comes faster than it was
 * captured, until it is as early as ever; after a clock that stood still, all that follows is as late. It is given the packets
 * of one track in the order of their numbers. The lateness of a packet is its arrival minus its RTP time, in ms.
 */
export class StallWatch {
  private lastMs = Infinity;
  private lastTicks = NaN;
  private pause: Pause | undefined;

  /** Since when it has been undecided what a pause was; undefined when it is not. */
  get undecidedSinceMs(): number | undefined {
    return this.pause?.sinceMs;
  }

  /**
   * Returns the least lateness since a pause in which the clock stood still, once that is known; otherwise undefined.
   * @param usualMs the least lateness so far
   */
  observe(latenessMs: number, ticks: number, arrivalMs: number, usualMs: number): number | undefined {
    if (latenessMs - this.lastMs > PAUSE_STEP_MS && latenessMs - usualMs > PAUSE_MS) {
      const { sinceMs = arrivalMs, usualMs: beforeMs = usualMs } = this.pause ?? {};
      const least = { leastMs: Infinity, settledLeastMs: Infinity, settledMs: arrivalMs };
      this.pause = { sinceMs, usualMs: beforeMs, ...least, times: 0, settledTimes: 0 };
    }
    const isNewTime = ticks !== this.lastTicks;
    this.lastMs = latenessMs;
    this.lastTicks = ticks;
    const { pause } = this;
    if (pause === undefined) return undefined;
    if (latenessMs < pause.settledLeastMs - NOISE_MS) {
      pause.settledLeastMs = latenessMs;
      pause.settledMs = arrivalMs;
      pause.settledTimes = 0;
    }
    if (isNewTime) {
      pause.times++;
      pause.settledTimes++;
    }
    pause.leastMs = Math.min(pause.leastMs, latenessMs);
    return this.decide(pause, arrivalMs);
  }

  private decide(pause: Pause, arrivalMs: number): number | undefined {
    const { leastMs, settledMs, times, settledTimes } = pause;
    const stoodMs = leastMs - pause.usualMs;
    const hasTimes = times >= MIN_TIMES && settledTimes >= MIN_SETTLED_TIMES;
    const isSettled = hasTimes && arrivalMs - settledMs >= SETTLED_MS;
    if (stoodMs > PAUSE_MS && !isSettled && stoodMs <= MAX_DELAY_MS) return undefined;
    this.pause = undefined;
    return stoodMs > PAUSE_MS ? leastMs : undefined;
  }
}
