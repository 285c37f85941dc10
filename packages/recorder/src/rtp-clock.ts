/** Extends 32-bit RTP timestamps to numbers that go on growing over the wrap. */
export class TimestampUnwrapper {
  private last: number | undefined;

  /** Extends a media packet's timestamp and takes it as the new reference. */
  unwrap(timestamp: number): number {
    this.last = this.peek(timestamp);
    return this.last;
  }

  /** The same without moving the reference: sender reports run ahead of the media. */
  peek(timestamp: number): number {
    if (this.last === undefined) return timestamp;
    // `| 0` makes the difference a signed 32-bit number: the shorter way around.
    return this.last + ((timestamp - this.last) | 0);
  }
}

const NTP_TO_UNIX_SECONDS = 2_208_988_800;

/** A 64-bit NTP timestamp (RFC 3550, 4) as epoch ms. */
export function ntpToEpochMs(ntp: bigint): number {
  const seconds = Number(ntp >> 32n) - NTP_TO_UNIX_SECONDS;
  return seconds * 1000 + (Number(ntp & 0xffff_ffffn) / 2 ** 32) * 1000;
}

/**
 * How far the clock that sender reports are written by is behind ours: the least delayed report of the last minutes.
 * One per share: with the same offset on both tracks, sound and picture stay together even where it is wrong.
 */
export class SharedOffset {
  private readonly samples: number[] = [];

  observe(ntpMs: number, arrivalMs: number): void {
    this.samples.push(arrivalMs - ntpMs);
    // A window, so that a slow drift between the clocks is followed in both directions.
    if (this.samples.length > 64) this.samples.shift();
  }

  get ms(): number {
    return Math.min(...this.samples);
  }
}

/** The least of the values seen in the last 15 to 30 s; Infinity before the first. */
class RecentMinimum {
  private sinceMs = -Infinity;
  private current = Infinity;
  private previous = Infinity;

  observe(value: number, nowMs: number): void {
    if (nowMs - this.sinceMs > 15_000) {
      this.previous = this.current;
      this.current = Infinity;
      this.sinceMs = nowMs;
    }
    this.current = Math.min(this.current, value);
  }

  get value(): number {
    return Math.min(this.current, this.previous);
  }
}

const MEDIAN_OF = 5;
/** A bigger step is a new time base (the sender started over), not noise in the report. */
const NEW_TIME_BASE_MS = 250;

/** RTP timestamps of one track -> wall-clock time, by the sender reports of RTCP (RFC 3550, 6.4.1). */
export class TrackClock {
  private readonly unwrapper = new TimestampUnwrapper();
  /** Epoch ms of RTP time zero as the newest reports say, oldest first. */
  private zeros: number[] = [];
  private zeroMs: number | undefined;
  /** The same as the least delayed packet says: it can't have been captured after it came. */
  private latestZeroMs = new RecentMinimum();
  private readonly clockRate: number;
  private readonly offset: SharedOffset;
  private readonly packetMs: number;

  /** `packetMs`: how long a packet is captured for before it can be sent. */
  constructor(clockRate: number, offset: SharedOffset, packetMs = 0) {
    this.clockRate = clockRate;
    this.offset = offset;
    this.packetMs = packetMs;
  }

  /** Notes a packet as it arrives. */
  observe(timestamp: number, arrivalMs: number): void {
    const sinceZeroMs = this.toMs(this.unwrapper.unwrap(timestamp));
    this.latestZeroMs.observe(arrivalMs - this.packetMs - sinceZeroMs, arrivalMs);
  }

  senderReport(timestamp: number, ntpMs: number, arrivalMs: number): void {
    this.offset.observe(ntpMs, arrivalMs);
    const zeroMs = ntpMs - this.toMs(this.unwrapper.peek(timestamp));
    if (this.zeroMs !== undefined && Math.abs(zeroMs - this.zeroMs) > NEW_TIME_BASE_MS) {
      this.zeros = [];
      this.latestZeroMs = new RecentMinimum();
    }
    this.zeros = [...this.zeros, zeroMs].slice(-MEDIAN_OF);
    // An overloaded sender's audio reports are off by up to 200 ms, now and then: the median isn't.
    this.zeroMs = median(this.zeros);
  }

  /** True once a sender report has come: before it, times are a guess. */
  get isExact(): boolean {
    return this.zeroMs !== undefined;
  }

  /** Epoch ms at which what carries this timestamp was captured. */
  wallMs(timestamp: number): number {
    const reportedZeroMs = this.zeroMs === undefined ? Infinity : this.zeroMs + this.offset.ms;
    return Math.min(reportedZeroMs, this.latestZeroMs.value) + this.toMs(this.unwrapper.peek(timestamp));
  }

  private toMs(ticks: number): number {
    return (ticks / this.clockRate) * 1000;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
