import type { RtpData } from '../codecs/rtp-data.ts';
import { sequenceDistance } from './sequence-distance.ts';

/** Counts of packets that were given up for good, and of packets that came after being asked for again. */
interface LossCounts {
  lost: number;
  recovered: number;
}

export interface ReorderOptions {
  /** Gets every packet once, in order; `isAfterLoss` when packets before it were given up. */
  deliver: (packet: RtpData, isAfterLoss: boolean) => void;
  /** Asks the sender for these sequence numbers again (RFC 4585, 6.2.1). */
  requestRetransmission: (sequenceNumbers: number[]) => void;
  counts: LossCounts;
}

interface Hole {
  sinceMs: number;
  askedMs: number;
  firstAskedMs: number;
  tries: number;
}

/** A jump over more packets than this is a new stream, not a loss worth asking for. */
const MAX_JUMP = 1000;
/** A packet is asked for at most this often. LiveKit sends it again at most three times, but requests get lost too. */
const MAX_TRIES = 8;
/** The first guess of how long a request for a packet takes to be answered; measured later. */
const FIRST_ROUND_TRIP_MS = 50;
const MIN_RETRY_MS = 40;
const MAX_RETRY_MS = 300;
/** A hole may delay the packets after it by this much. Recording may lag: a saved picture is worth more than its delay. */
const MIN_WAIT_MS = 400;
const MAX_WAIT_MS = 1500;
const WAIT_ROUND_TRIPS = 6;

/**
 * Puts packets in order, asks again for missing ones, and gives a hole up after a while. It replaces werift's own NACK, which
 * stops working once a loss spans the wrap of the 16-bit sequence number.
 */
export class ReorderBuffer {
  private readonly options: ReorderOptions;
  /** The packet with this extended sequence number is delivered next; undefined before the first packet. */
  private next: number | undefined;
  private highest = 0;
  private readonly buffered = new Map<number, RtpData>();
  private readonly holes = new Map<number, Hole>();
  private isAfterLoss = false;
  private outlier: RtpData | undefined;
  private roundTripMs = FIRST_ROUND_TRIP_MS;

  constructor(options: ReorderOptions) {
    this.options = options;
  }

  push(packet: RtpData): void {
    if (this.next === undefined) {
      this.next = packet.sequenceNumber;
      this.highest = packet.sequenceNumber - 1;
    }
    const extended = this.highest + sequenceDistance(this.highest, packet.sequenceNumber);
    if (Math.abs(extended - this.highest) > MAX_JUMP) return this.takeOutlier(packet);
    this.outlier = undefined;
    if (extended === this.next && extended === this.highest + 1) return this.deliverNext(packet);
    if (extended < this.next || this.buffered.has(extended)) return;
    this.closeHole(extended, packet.arrivalMs);
    for (let missing = this.highest + 1; missing < extended; missing++) {
      this.holes.set(missing, { sinceMs: packet.arrivalMs, askedMs: 0, firstAskedMs: 0, tries: 0 });
    }
    this.highest = Math.max(this.highest, extended);
    this.buffered.set(extended, packet);
    this.drain();
  }

  /** Asks for missing packets and gives up those that have been missing for too long. To be called every ~20 ms. */
  tick(nowMs: number): void {
    if (this.holes.size === 0) return;
    const retryMs = clamp(this.roundTripMs * 1.25, MIN_RETRY_MS, MAX_RETRY_MS);
    const maxWaitMs = clamp(this.roundTripMs * WAIT_ROUND_TRIPS, MIN_WAIT_MS, MAX_WAIT_MS);
    const wanted: number[] = [];
    for (const [sequenceNumber, hole] of this.holes) {
      if (nowMs - hole.sinceMs > maxWaitMs) {
        this.holes.delete(sequenceNumber);
        this.options.counts.lost++;
      } else if (nowMs - hole.askedMs >= retryMs && hole.tries < MAX_TRIES) {
        if (hole.tries === 0) hole.firstAskedMs = nowMs;
        hole.askedMs = nowMs;
        hole.tries++;
        wanted.push(sequenceNumber & 0xffff);
      }
    }
    if (wanted.length > 0) this.options.requestRetransmission(wanted);
    this.drain();
  }

  private closeHole(extended: number, arrivalMs: number): void {
    const hole = this.holes.get(extended);
    if (hole === undefined) return;
    this.holes.delete(extended);
    if (hole.tries === 0) return; // it was late and never asked for
    this.options.counts.recovered++;
    // For a packet asked for twice nobody knows which request it answers. The first one is the safe guess, within reason.
    const sampleMs = Math.min(arrivalMs - hole.firstAskedMs, MAX_RETRY_MS);
    const weight = sampleMs > this.roundTripMs ? 0.5 : 0.125;
    this.roundTripMs += weight * (sampleMs - this.roundTripMs);
  }

  /** Delivers the packet that everything waited for, as nearly all are. */
  private deliverNext(packet: RtpData): void {
    this.highest++;
    this.next = this.highest + 1;
    const { isAfterLoss } = this;
    this.isAfterLoss = false;
    this.options.deliver(packet, isAfterLoss);
  }

  private drain(): void {
    while (this.next !== undefined && this.next <= this.highest) {
      const packet = this.buffered.get(this.next);
      if (packet === undefined) {
        if (this.holes.has(this.next)) return;
        this.isAfterLoss = true;
        this.next++;
        continue;
      }
      this.buffered.delete(this.next++);
      const isAfterLoss = this.isAfterLoss;
      this.isAfterLoss = false;
      this.options.deliver(packet, isAfterLoss);
    }
  }

  /**
   * Takes a packet with a number far away. One alone may be an old packet that was delayed for long; two in a row are a new
   * stream.
   */
  private takeOutlier(packet: RtpData): void {
    const { outlier } = this;
    this.outlier = packet;
    if (outlier === undefined || sequenceDistance(outlier.sequenceNumber, packet.sequenceNumber) !== 1)
      return;
    this.restart(outlier.sequenceNumber);
    this.push(outlier);
    this.push(packet);
  }

  private restart(sequenceNumber: number): void {
    for (const [, packet] of [...this.buffered].toSorted(([a], [b]) => a - b))
      this.options.deliver(packet, true);
    this.options.counts.lost += this.holes.size;
    this.buffered.clear();
    this.holes.clear();
    this.next = sequenceNumber;
    this.highest = sequenceNumber - 1;
    this.isAfterLoss = true;
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
