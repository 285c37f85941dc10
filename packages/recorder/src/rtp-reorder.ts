import type { VideoCodec } from './picture.ts';

/** What the recorder needs of an RTP packet (RFC 3550, 5.1). */
export interface RtpData {
  sequenceNumber: number;
  timestamp: number;
  isMarker: boolean;
  payloadType: number;
  /** What the payload type was negotiated for; undefined for sound. */
  codec?: VideoCodec | undefined;
  payload: Buffer;
  /** When it arrived, epoch ms. */
  arrivalMs: number;
}

export interface ReorderOptions {
  /** Gets every packet once, in order; `isAfterLoss` when packets before it were given up. */
  deliver: (packet: RtpData, isAfterLoss: boolean) => void;
  /** Asks the sender for these sequence numbers again (RFC 4585, 6.2.1). */
  requestRetransmission: (sequenceNumbers: number[]) => void;
  /** How long a hole may hold up what came after it. */
  maxWaitMs?: number;
  retryMs?: number;
  maxTries?: number;
}

interface Hole {
  sinceMs: number;
  askedMs: number;
  tries: number;
}

/** A jump over more packets than this is a new stream, not a loss worth asking for. */
const MAX_JUMP = 1000;

/**
 * Puts packets in order, asks again for missing ones, and gives a hole up after a while. It replaces werift's own
 * NACK, which stops working once a loss spans the wrap of the 16-bit sequence number.
 */
export class ReorderBuffer {
  private readonly options: Required<ReorderOptions>;
  /** Extended sequence number to be delivered next; undefined before the first packet. */
  private next: number | undefined;
  private highest = 0;
  private readonly held = new Map<number, RtpData>();
  private readonly holes = new Map<number, Hole>();
  private isAfterLoss = false;
  /** Packets given up for good, and packets that came after being asked for. */
  readonly counts = { lost: 0, recovered: 0 };

  constructor(options: ReorderOptions) {
    this.options = { maxWaitMs: 400, retryMs: 60, maxTries: 6, ...options };
  }

  push(packet: RtpData): void {
    if (this.next === undefined) {
      this.next = packet.sequenceNumber;
      this.highest = packet.sequenceNumber - 1;
    }
    let extended = this.highest + sequenceDistance(this.highest, packet.sequenceNumber);
    if (Math.abs(extended - this.highest) > MAX_JUMP) {
      this.restart(packet.sequenceNumber);
      extended = packet.sequenceNumber;
    }
    if (extended < this.next || this.held.has(extended)) return;
    if (this.holes.delete(extended)) this.counts.recovered++;
    for (let missing = this.highest + 1; missing < extended; missing++) {
      this.holes.set(missing, { sinceMs: packet.arrivalMs, askedMs: 0, tries: 0 });
    }
    this.highest = Math.max(this.highest, extended);
    this.held.set(extended, packet);
    this.drain();
  }

  /** To be called every ~20 ms: asks for what is missing and gives up what has been missing for too long. */
  tick(nowMs: number): void {
    if (this.holes.size === 0) return;
    const { maxWaitMs, retryMs, maxTries } = this.options;
    const wanted: number[] = [];
    for (const [sequenceNumber, hole] of this.holes) {
      if (nowMs - hole.sinceMs > maxWaitMs) {
        this.holes.delete(sequenceNumber);
        this.counts.lost++;
      } else if (nowMs - hole.askedMs >= retryMs && hole.tries < maxTries) {
        hole.askedMs = nowMs;
        hole.tries++;
        wanted.push(sequenceNumber & 0xffff);
      }
    }
    if (wanted.length > 0) this.options.requestRetransmission(wanted);
    this.drain();
  }

  private drain(): void {
    while (this.next !== undefined && this.next <= this.highest) {
      const packet = this.held.get(this.next);
      if (packet === undefined) {
        if (this.holes.has(this.next)) return;
        this.isAfterLoss = true;
        this.next++;
        continue;
      }
      this.held.delete(this.next++);
      const isAfterLoss = this.isAfterLoss;
      this.isAfterLoss = false;
      this.options.deliver(packet, isAfterLoss);
    }
  }

  private restart(sequenceNumber: number): void {
    for (const [, packet] of [...this.held].toSorted(([a], [b]) => a - b)) this.options.deliver(packet, true);
    this.counts.lost += this.holes.size;
    this.held.clear();
    this.holes.clear();
    this.next = sequenceNumber;
    this.highest = sequenceNumber - 1;
    this.isAfterLoss = true;
  }
}

/** How far the 16-bit `sequenceNumber` is ahead of the extended `reference`: -32768 to 32767. */
export function sequenceDistance(reference: number, sequenceNumber: number): number {
  const distance = (sequenceNumber - reference) & 0xffff;
  return distance < 0x8000 ? distance : distance - 0x10000;
}
