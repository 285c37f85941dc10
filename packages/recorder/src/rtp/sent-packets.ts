import { sequenceDistance } from './sequence-distance.ts';

/** What has come lately may have overtaken what hasn't, so a report says nothing until this long after. */
const QUIET_MS = 600;
/** Fewer packets than this may be the end of one picture. */
const MIN_MISSING = 10;
/** A track that was this busy (in packets a second) is told by one report, which counts most of what it would have sent by now. */
const BUSY_RATE = 30;
const BUSY_FRACTION = 0.7;
const BUSY_AFTER_MS = 1000;
/** Any other track is told by this many reports in a row that each count more. */
const SILENT_REPORTS = 2;
const RATE_WINDOW_MS = 2000;
/** A report that took this much longer than the fastest of the last few is too old to be compared with what has come. */
const MAX_DELAY_MS = 150;
const DELAYS = 8;
/** What is asked for again is sent, and counted, within this time. */
const ANSWER_MS = 1000;
/** Packets are asked for each 20 ms at most, so these reach back further than to the last report. */
const MAX_ASKED = 1000;
/**
 * Nothing is wrong with the network or the thread while the other track has no longer pause than this. A thread that is held up for
 * longer drops more packets than its socket keeps, and a busy track must miss more than it can have dropped in this time.
 */
const MAX_GAP_MS = 800;

/** What a report says about a track of which nothing has come lately. */
type Unheard =
  /** Something hasn't come: perhaps the end of the last picture, after which nothing was sent that would have shown it. */
  | 'some'
  /** The track goes on, and nothing of it comes. */
  | 'all';

/**
 * Compares what LiveKit says it has sent of a track with what has come. Of a picture that doesn't change, of sound that nobody
 * would hear and of a muted track it sends nothing, however long that is. Only packets after the newest that has come count
 * here: those that are missing in between are seen in their numbers, and may be lost by any network. Times are in epoch ms.
 */
export class SentPackets {
  private readMs: number;
  /** How far the numbers have come, from 1 on; and the newest number. */
  private arrived = 0;
  private newest: number | undefined;
  /** LiveKit counts a packet again when it is sent again. So many were asked for at these times. */
  private asked: { count: number; atMs: number }[] = [];
  /** The last report; undefined when it can't be compared with the next. */
  private last: { packets: number; arrived: number; atMs: number } | undefined;
  /** The number of packets that were sent after the newest that has come. */
  private missing = 0;
  private silentReports = 0;
  /** The thread was held up for this long at most since the last report. */
  private longestHoldUpMs = 0;
  /** How long after the sender's clock the last reports came; these clocks needn't show the same. */
  private delays: number[] = [];
  private window = { sinceMs: 0, packets: 0 };
  private perSecond = 0;
  /** The newest packet of the other track, and its longest pause since the last report. */
  private otherMs = -Infinity;
  private otherGapMs = 0;

  constructor(nowMs: number) {
    this.readMs = nowMs;
    this.window.sinceMs = nowMs;
    this.last = { packets: 0, arrived: 0, atMs: nowMs };
  }

  /** Notes a packet that has come. */
  read(sequenceNumber: number, nowMs: number): void {
    const ahead = this.newest === undefined ? 1 : sequenceDistance(this.newest, sequenceNumber);
    if (ahead > 0) {
      this.arrived += ahead;
      this.newest = sequenceNumber;
    }
    this.readMs = nowMs;
    this.window.packets++;
    const windowMs = nowMs - this.window.sinceMs;
    if (windowMs < RATE_WINDOW_MS) return;
    this.perSecond = (this.window.packets * 1000) / windowMs;
    this.window = { sinceMs: nowMs, packets: 0 };
  }

  /** Notes that packets were asked for again. */
  askAgain(count: number, nowMs: number): void {
    this.asked.push({ count, atMs: nowMs });
    if (this.asked.length > MAX_ASKED) this.asked.shift();
  }

  /** Notes a packet of the other track, which comes by the same way. */
  readOther(nowMs: number): void {
    this.otherGapMs = Math.max(this.otherGapMs, nowMs - this.otherMs);
    this.otherMs = nowMs;
  }

  /** Notes that the thread was held up for a while, so that packets may have been dropped. */
  heldUp(forMs: number): void {
    this.longestHoldUpMs = Math.max(this.longestHoldUpMs, forMs);
  }

  /** Forgets what was reported, because the track was muted or has another source. */
  forget(nowMs: number): void {
    this.readMs = nowMs;
    this.last = undefined;
  }

  /** Takes a report of how many packets had been sent when the sender's clock showed `ntpMs` (RFC 3550, 6.4.1). */
  reported(packets: number, ntpMs: number, nowMs: number): Unheard | undefined {
    this.delays = [...this.delays, nowMs - ntpMs].slice(-DELAYS);
    if (nowMs - ntpMs > Math.min(...this.delays) + MAX_DELAY_MS) return undefined;
    const { last, arrived, readMs } = this;
    const isPathGood = Math.max(this.otherGapMs, nowMs - this.otherMs) <= MAX_GAP_MS;
    const isThreadGood = this.longestHoldUpMs <= MAX_GAP_MS;
    this.otherGapMs = 0;
    this.longestHoldUpMs = 0;
    this.last = { packets, arrived, atMs: nowMs };
    const again = this.takeAsked((last?.atMs ?? nowMs) - ANSWER_MS, nowMs - ANSWER_MS);
    if (last === undefined || packets < last.packets || nowMs - readMs < QUIET_MS) {
      this.missing = 0;
      this.silentReports = 0;
      return undefined;
    }
    const more = packets - last.packets - again - (arrived - last.arrived);
    this.missing = Math.max(0, this.missing + more);
    const isSilent = readMs < last.atMs;
    this.silentReports = isSilent && isThreadGood && more >= MIN_MISSING ? this.silentReports + 1 : 0;
    const quietMs = nowMs - Math.max(readMs, last.atMs);
    const goesOn = isPathGood && isThreadGood && this.isBusy(isSilent ? more : this.missing, quietMs);
    if (goesOn || this.silentReports >= SILENT_REPORTS) return 'all';
    return more > 0 && this.missing > 0 ? 'some' : undefined;
  }

  /** Whether so many packets that are missing are most of what a busy track would have sent in this time. */
  private isBusy(missing: number, quietMs: number): boolean {
    const usual = (this.perSecond * quietMs) / 1000;
    const isMost = missing >= Math.max(MIN_MISSING, usual * BUSY_FRACTION);
    return isMost && this.perSecond >= BUSY_RATE && quietMs >= BUSY_AFTER_MS;
  }

  /** Returns how many packets were asked for again since a time, and forgets what was asked before another. */
  private takeAsked(sinceMs: number, keptSinceMs: number): number {
    const count = this.asked.reduce((sum, ask) => sum + (ask.atMs < sinceMs ? 0 : ask.count), 0);
    this.asked = this.asked.filter(({ atMs }) => atMs >= keptSinceMs);
    return count;
  }
}
