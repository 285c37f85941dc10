import type { RtpData } from './rtp-reorder.ts';

/** One coded picture: its NAL units without start codes or lengths (ITU-T H.264, 7.3.1). */
export interface AccessUnit {
  nals: Buffer[];
  isKey: boolean;
  sps: Buffer | undefined;
  pps: Buffer | undefined;
}

const NAL = { idr: 5, sps: 7, pps: 8, delimiter: 9, filler: 12, stapA: 24, fuA: 28 } as const;

export const nalType = (nal: Buffer): number => (nal[0] ?? 0) & 0x1f;

/** Pictures bigger than this are not shared screens but an attempt to use up memory. */
const MAX_ACCESS_UNIT_BYTES = 16 * 1024 * 1024;

interface DepacketizerOptions {
  /** Gets each complete picture with the timestamp of its packets. The first one is always a keyframe. */
  deliver: (unit: AccessUnit, timestamp: number) => void;
  /** A picture is missing or can't be decoded: a keyframe is needed to go on. */
  onDamage: () => void;
}

/**
 * RTP payloads -> H.264 pictures (RFC 6184, packetization mode 1). After a loss nothing is delivered until the next
 * keyframe: a frozen picture is better than a smeared one. No payload makes it throw.
 */
export class H264Depacketizer {
  private readonly options: DepacketizerOptions;
  private nals: Buffer[] = [];
  private sizeBytes = 0;
  private fragments: Buffer[] | undefined;
  private timestamp: number | undefined;
  private isDamaged = false;
  private needsKey = true;

  constructor(options: DepacketizerOptions) {
    this.options = options;
  }

  /** Takes packets in order. `isAfterLoss`: packets between this and the last one are missing. */
  push({ payload, timestamp, isMarker }: RtpData, isAfterLoss: boolean): void {
    if (isAfterLoss) {
      this.isDamaged = true;
      this.needsKey = true;
      this.fragments = undefined;
    }
    if (payload.length === 0) return; // padding that LiveKit sends to probe the bandwidth
    if (timestamp !== this.timestamp) {
      this.finish();
      this.timestamp = timestamp;
      // Parameter sets come first: with them in hand, what was lost belongs to an earlier picture.
      this.isDamaged = isAfterLoss && !startsWithSps(payload);
    }
    const type = nalType(payload);
    if (type === NAL.stapA) this.pushAggregate(payload);
    else if (type === NAL.fuA) this.pushFragment(payload);
    else if (type >= 1 && type < NAL.stapA) this.pushNal(payload);
    else this.isDamaged = true;
    if (isMarker) this.finish();
  }

  private pushNal(nal: Buffer): void {
    const type = nalType(nal);
    if (type === NAL.delimiter || type === NAL.filler) return;
    this.sizeBytes += nal.length;
    if (this.sizeBytes > MAX_ACCESS_UNIT_BYTES) {
      this.isDamaged = true;
      this.nals = [];
    } else {
      this.nals.push(nal);
    }
  }

  /** STAP-A (RFC 6184, 5.7.1): several small NAL units, each behind its 16-bit length. */
  private pushAggregate(payload: Buffer): void {
    let at = 1;
    while (at + 2 <= payload.length) {
      const length = payload.readUInt16BE(at);
      if (length === 0 || at + 2 + length > payload.length) break;
      this.pushNal(payload.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    if (at !== payload.length) this.isDamaged = true;
  }

  /** FU-A (RFC 6184, 5.8): a piece of a NAL unit that doesn't fit into one packet. */
  private pushFragment(payload: Buffer): void {
    const indicator = payload[0] ?? 0;
    const header = payload[1] ?? 0;
    const isStart = (header & 0x80) !== 0;
    const isEnd = (header & 0x40) !== 0;
    if (isStart) this.fragments = [Buffer.from([(indicator & 0xe0) | (header & 0x1f)])];
    if (this.fragments === undefined || payload.length <= 2) {
      this.isDamaged = true;
      return;
    }
    this.fragments.push(payload.subarray(2));
    this.sizeBytes += payload.length;
    if (this.sizeBytes > MAX_ACCESS_UNIT_BYTES) {
      this.isDamaged = true;
      this.fragments = undefined;
    } else if (isEnd) {
      const nal = Buffer.concat(this.fragments);
      this.fragments = undefined;
      this.pushNal(nal);
    }
  }

  private finish(): void {
    const { nals, timestamp } = this;
    const isDamaged = this.isDamaged || this.fragments !== undefined;
    if (nals.length === 0 && !isDamaged) return;
    this.nals = [];
    this.sizeBytes = 0;
    this.fragments = undefined;
    this.isDamaged = false;
    const isKey = nals.some((nal) => nalType(nal) === NAL.idr);
    if (isDamaged || timestamp === undefined || (this.needsKey && !isKey)) {
      this.needsKey = true;
      this.options.onDamage();
      return;
    }
    this.needsKey = false;
    const sps = nals.find((nal) => nalType(nal) === NAL.sps);
    const pps = nals.find((nal) => nalType(nal) === NAL.pps);
    this.options.deliver({ nals, isKey, sps, pps }, timestamp);
  }
}

function startsWithSps(payload: Buffer): boolean {
  const first = nalType(payload) === NAL.stapA ? payload.subarray(3) : payload;
  return nalType(first) === NAL.sps;
}
