import { sequenceDistance } from './sequence-distance.ts';

/** A report block about one source (RFC 3550, 6.4.1); `jitter` is in ticks, `dlsr` in 1/65536 s. */
export interface ReceptionReport {
  ssrc: number;
  fractionLost: number;
  packetsLost: number;
  highestSequence: number;
  jitter: number;
  lsr: number;
  dlsr: number;
}

const MAX_PACKETS_LOST = 0x7f_ffff;

/** Counts what came of one source, for the reports that its sender gets (RFC 3550, A.3 and A.8). Times are in epoch ms. */
export class ReceptionStats {
  private readonly ssrc: number;
  private readonly ticksPerMs: number;
  private first: number | undefined;
  /** The highest sequence number so far, with its turns. */
  private highest = 0;
  private received = 0;
  private reportedExpected = 0;
  private reportedReceived = 0;
  private jitter = 0;
  private lastTransit: number | undefined;
  private lsr = 0;
  private senderReportMs = 0;

  constructor(ssrc: number, rate: number) {
    this.ssrc = ssrc;
    this.ticksPerMs = rate / 1000;
  }

  packet(sequenceNumber: number, timestamp: number, arrivalMs: number): void {
    this.received++;
    if (this.first === undefined) {
      this.first = sequenceNumber;
      this.highest = sequenceNumber;
    }
    const ahead = sequenceDistance(this.highest, sequenceNumber);
    if (ahead > 0) this.highest += ahead;
    const transit = (arrivalMs * this.ticksPerMs - timestamp) % 2 ** 32;
    // `| 0` makes the difference a signed 32-bit number: RTP time turns as well.
    const change = Math.abs((transit - (this.lastTransit ?? transit)) | 0);
    this.lastTransit = transit;
    this.jitter += (change - this.jitter) / 16;
  }

  /** Notes a sender report with this NTP time, which the next reports answer. */
  senderReport(ntp: bigint, arrivalMs: number): void {
    this.lsr = Number((ntp >> 16n) & 0xffff_ffffn);
    this.senderReportMs = arrivalMs;
  }

  /** Returns a report about what came since the last one. */
  take(nowMs: number): ReceptionReport {
    const expected = this.first === undefined ? 0 : this.highest - this.first + 1;
    const expectedNow = expected - this.reportedExpected;
    const lostNow = expectedNow - (this.received - this.reportedReceived);
    this.reportedExpected = expected;
    this.reportedReceived = this.received;
    return {
      ssrc: this.ssrc,
      fractionLost: lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      packetsLost: Math.min(Math.max(0, expected - this.received), MAX_PACKETS_LOST),
      highestSequence: this.highest % 2 ** 32,
      jitter: Math.floor(this.jitter),
      lsr: this.lsr,
      dlsr: this.lsr === 0 ? 0 : Math.floor(Math.max(0, nowMs - this.senderReportMs) * 65.536) % 2 ** 32,
    };
  }
}
