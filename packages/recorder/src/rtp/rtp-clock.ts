import { TimestampUnwrapper } from './timestamp-unwrapper.ts';

const NTP_TO_UNIX_SECONDS = 2_208_988_800;

/** Converts a 64-bit NTP timestamp (RFC 3550, 4) to epoch ms. */
export function ntpToEpochMs(ntp: bigint): number {
  const seconds = Number(ntp >> 32n) - NTP_TO_UNIX_SECONDS;
  return seconds * 1000 + (Number(ntp & 0xffff_ffffn) / 2 ** 32) * 1000;
}

/** A bigger step is a new time base (the sender started over, or its clock was set), not noise in a report. */
const NEW_TIME_BASE_MS = 250;
/** This many reports reach back some minutes, so that a slow drift between the clocks is followed in both directions. */
const OFFSET_SAMPLES = 64;

/** Estimates how far a clock is behind ours, by the least delayed of its last reports. */
class ClockOffset {
  private readonly samples: number[] = [];

  observe(sampleMs: number): void {
    this.samples.push(sampleMs);
    if (this.samples.length > OFFSET_SAMPLES) this.samples.shift();
  }

  get ms(): number {
    return Math.min(...this.samples);
  }
}

/**
 * Estimates how far the sender's report clock is behind ours. A share has one for both tracks: with the same offset, sound
 * and picture stay in sync even where the offset is wrong. When that clock is set, each track goes on with the offset that
 * its newest report was written under.
 */
export class SharedOffset {
  private newest = new ClockOffset();

  /**
   * Takes a report and returns the offset to read its time with, now and later.
   * @param mayBeSet whether the clock may have been set since the last report
   */
  observe(ntpMs: number, arrivalMs: number, mayBeSet = false): Pick<ClockOffset, 'ms'> {
    const sampleMs = arrivalMs - ntpMs;
    if (mayBeSet && Math.abs(sampleMs - this.newest.ms) > NEW_TIME_BASE_MS) this.newest = new ClockOffset();
    this.newest.observe(sampleMs);
    return this.newest;
  }
}

/** Keeps the least of the values seen in the last 15 to 30 s; Infinity before the first. */
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
/** No network delays a packet for this long: such a timestamp belongs to a new time base that no report has announced yet. */
const MAX_DELAY_MS = 10_000;

/** Maps RTP timestamps of one track to wall-clock time, by the sender reports of RTCP (RFC 3550, 6.4.1). */
export class TrackClock {
  private readonly unwrapper = new TimestampUnwrapper();
  /** The epoch ms of RTP time zero according to the newest reports, oldest first. */
  private zeros: number[] = [];
  private reported: { zeroMs: number; offset: { readonly ms: number } } | undefined;
  /**
   * RTP time zero is at this epoch ms at the latest, according to the least delayed packet: it can't have been captured after
   * it arrived.
   */
  private latestZeroMs = new RecentMinimum();
  /** Whether the clock of the reports may have been set, too, since the last one. */
  private isNewBase = false;
  private readonly clockRate: number;
  private readonly offset: SharedOffset;
  private readonly packetMs: number;

  /** Creates a clock. @param packetMs how long a packet is captured for before it can be sent */
  constructor(clockRate: number, offset: SharedOffset, packetMs = 0) {
    this.clockRate = clockRate;
    this.offset = offset;
    this.packetMs = packetMs;
  }

  /** Notes a packet as it arrives. */
  observe(timestamp: number, arrivalMs: number): void {
    const zeroMs = arrivalMs - this.packetMs - this.toMs(this.unwrapper.unwrap(timestamp));
    if (zeroMs - this.zeroMs > MAX_DELAY_MS) this.startOver();
    this.latestZeroMs.observe(zeroMs, arrivalMs);
  }

  /** Starts over after the sender has set its media clock, because nothing known of that clock applies any more. */
  startOver(): void {
    this.zeros = [];
    this.reported = undefined;
    this.latestZeroMs = new RecentMinimum();
    this.isNewBase = true;
  }

  senderReport(timestamp: number, ntpMs: number, arrivalMs: number): void {
    const zeroMs = ntpMs - this.toMs(this.unwrapper.peek(timestamp));
    if (this.reported !== undefined && Math.abs(zeroMs - this.reported.zeroMs) > NEW_TIME_BASE_MS)
      this.startOver();
    const offset = this.offset.observe(ntpMs, arrivalMs, this.isNewBase);
    this.isNewBase = false;
    this.zeros = [...this.zeros, zeroMs].slice(-MEDIAN_OF);
    // The audio reports of an overloaded sender are sometimes off by up to 200 ms; the median isn't.
    this.reported = { zeroMs: median(this.zeros), offset };
  }

  /** True once a sender report has come; before it, times are a guess. */
  get isExact(): boolean {
    return this.reported !== undefined;
  }

  /** Returns the epoch ms at which the media with this timestamp were captured. */
  wallMs(timestamp: number): number {
    return this.zeroMs + this.toMs(this.unwrapper.peek(timestamp));
  }

  private get zeroMs(): number {
    const reportedMs =
      this.reported === undefined ? Infinity : this.reported.zeroMs + this.reported.offset.ms;
    return Math.min(reportedMs, this.latestZeroMs.value);
  }

  private toMs(ticks: number): number {
    return (ticks / this.clockRate) * 1000;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
