import { StallWatch } from './stall-watch.ts';
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
/**
 * After a clock stood still, LiveKit tells the time of before for as long again, and then until the sender's next report and its
 * own. What it tells after that is true: since the pause, everything has come by a longer way.
 */
const TOLD_AGAIN_MS = 10_000;

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
  private stall = new StallWatch();
  /**
   * The clock has stood still for this long in total since the last report that was believed. Until then reports are those of
   * before, because LiveKit drops the sender's as long as their RTP time is behind that of earlier ones.
   */
  private stoodMs = 0;
  private resumedMs = 0;
  /** The least delayed packet takes this long from being captured to its arrival; measured when the clock stood still. */
  private leastDelayMs = 0;
  /** What was captured before the clock stood still has its times by the clock of then. */
  private former: { untilTicks: number; zeroMs: number } | undefined;
  /** The first time after a pause that may be one in which the clock stood still. */
  private resumedTicks = 0;
  private readonly clockRate: number;
  private readonly offset: SharedOffset;
  private readonly packetMs: number;

  /** Creates a clock. @param packetMs how long a packet is captured for before it can be sent */
  constructor(clockRate: number, offset: SharedOffset, packetMs = 0) {
    this.clockRate = clockRate;
    this.offset = offset;
    this.packetMs = packetMs;
  }

  /** Notes a packet, in the order of sequence numbers. */
  observe(timestamp: number, arrivalMs: number): void {
    const ticks = this.unwrapper.unwrap(timestamp);
    const zeroMs = arrivalMs - this.packetMs - this.toMs(ticks);
    const wasSure = this.stall.undecidedSinceMs === undefined;
    const resumedZeroMs = this.stall.observe(zeroMs, ticks, arrivalMs, this.latestZeroMs.value);
    if (wasSure) this.resumedTicks = ticks;
    if (resumedZeroMs !== undefined) this.resume(resumedZeroMs, arrivalMs);
    this.latestZeroMs.observe(zeroMs, arrivalMs);
  }

  /** Starts over after the sender has set its media clock, because nothing known of that clock applies any more. */
  startOver(): void {
    this.zeros = [];
    this.reported = undefined;
    this.latestZeroMs = new RecentMinimum();
    this.isNewBase = true;
    this.stall = new StallWatch();
    this.stoodMs = 0;
    this.leastDelayMs = 0;
    this.former = undefined;
  }

  senderReport(timestamp: number, ntpMs: number, arrivalMs: number): void {
    const zeroMs = ntpMs - this.toMs(this.unwrapper.peek(timestamp));
    if (this.reported !== undefined && Math.abs(zeroMs - this.reported.zeroMs) > NEW_TIME_BASE_MS)
      this.startOver();
    const offset = this.offset.observe(ntpMs, arrivalMs, this.isNewBase);
    this.isNewBase = false;
    if (this.isOfBefore(zeroMs + offset.ms, arrivalMs)) return;
    this.stoodMs = 0;
    this.zeros = [...this.zeros, zeroMs].slice(-MEDIAN_OF);
    // The audio reports of an overloaded sender are sometimes off by up to 200 ms; the median isn't.
    this.reported = { zeroMs: median(this.zeros), offset };
  }

  /** True once a sender report has come; before it, times are a guess. */
  get isExact(): boolean {
    return this.reported !== undefined;
  }

  /** Since when it has been undecided whether the clock stood still; undefined when it is not. Times are a guess until then. */
  get undecidedSinceMs(): number | undefined {
    return this.stall.undecidedSinceMs;
  }

  /** Returns the epoch ms at which the media with this timestamp were captured. */
  wallMs(timestamp: number): number {
    const ticks = this.unwrapper.peek(timestamp);
    const { former } = this;
    const isBefore = former !== undefined && ticks < former.untilTicks;
    return (isBefore ? former.zeroMs : this.zeroMs) + this.toMs(ticks);
  }

  private get zeroMs(): number {
    if (this.reported === undefined) return this.latestZeroMs.value - this.leastDelayMs;
    return Math.min(this.reported.zeroMs + this.reported.offset.ms, this.latestZeroMs.value);
  }

  /** Goes on after the clock stood still: only arrivals tell the time until a report does. */
  private resume(resumedZeroMs: number, arrivalMs: number): void {
    const { zeroMs, latestZeroMs } = this;
    const stoodMs = this.stoodMs + resumedZeroMs - latestZeroMs.value;
    const leastDelayMs = latestZeroMs.value - zeroMs;
    const { isNewBase } = this;
    this.startOver();
    // The clock of the reports ran on.
    this.isNewBase = isNewBase;
    this.former = { untilTicks: this.resumedTicks, zeroMs };
    this.stoodMs = stoodMs;
    this.resumedMs = arrivalMs;
    this.leastDelayMs = leastDelayMs;
    this.latestZeroMs.observe(resumedZeroMs, arrivalMs);
  }

  /** Whether a report tells the time of before the clock stood still: what comes now would have been under way for too long. */
  private isOfBefore(zeroMs: number, nowMs: number): boolean {
    if (this.stoodMs === 0 || nowMs - this.resumedMs > this.stoodMs + TOLD_AGAIN_MS) return false;
    const behindMs = this.latestZeroMs.value - this.leastDelayMs - zeroMs;
    const leastMs = Math.min(NEW_TIME_BASE_MS, this.stoodMs / 2);
    return behindMs > leastMs && behindMs < this.stoodMs + NEW_TIME_BASE_MS;
  }

  private toMs(ticks: number): number {
    return (ticks / this.clockRate) * 1000;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
