import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { isLivekitFiller } from '../codecs/opus.ts';
import type { RtpData } from '../codecs/rtp-data.ts';
import { type SharedOffset, TrackClock } from '../rtp/rtp-clock.ts';
import { ReorderBuffer } from '../rtp/rtp-reorder.ts';

export interface VoiceIntakeOptions {
  /** The offset of the participant's clock, which all their microphones share. */
  offset: SharedOffset;
  /** Gets each packet of Opus, with the time at which it was captured (epoch ms). */
  onSound: (payload: Buffer, wallMs: number) => void;
  requestRetransmission: (sequenceNumbers: number[]) => void;
}

/** WebRTC sends sound in packets of 20 ms. */
const PACKET_MS = 20;
/** Timestamps of one stream never go back as far as this. */
const SET_BACK_TICKS = OPUS_RATE;
/**
 * After a pause of this long the microphone may have been muted, and LiveKit gives out other timestamps then, up to 100 ms off those
 * before, which only its next report explains. Silence alone has a packet each 0.4 s.
 */
const MUTED_AFTER_MS = 600;
/** The first packets after a pause wait this long for a sender report, which LiveKit sends every 3 s. */
const REPORT_WAIT_MS = 3500;
/** What comes after a pause is held for this long at most, until it is known what the pause was. */
const MAX_HOLD_MS = 900;

/**
 * Turns the RTP packets and sender reports of one microphone into Opus packets with their wall-clock times. The first ones
 * after each pause wait for a report; without one, their times are those of the least delayed arrival.
 */
export class VoiceIntake {
  private readonly options: VoiceIntakeOptions;
  private clock: TrackClock;
  private readonly buffer: ReorderBuffer;
  private held: RtpData[] = [];
  /** The first and the newest packet by the present clock arrived at these times. */
  private firstArrivalMs: number | undefined;
  private lastArrivalMs: number | undefined;
  private lastTimestamp: number | undefined;

  constructor(options: VoiceIntakeOptions) {
    this.options = options;
    this.clock = this.newClock();
    this.buffer = new ReorderBuffer({
      deliver: (packet) => this.take(packet),
      requestRetransmission: options.requestRetransmission,
      counts: { lost: 0, recovered: 0 },
    });
  }

  packet(packet: RtpData): void {
    this.buffer.push(packet);
  }

  senderReport(timestamp: number, ntpMs: number, arrivalMs: number): void {
    this.clock.senderReport(timestamp, ntpMs, arrivalMs);
  }

  /** Asks for missing packets, and delivers what was held. To be called every ~20 ms. */
  tick(nowMs: number): void {
    this.buffer.tick(nowMs);
    if (this.held.length > 0 && !this.mustHold(nowMs)) this.release();
  }

  /** Delivers what is held, with the best times that are known. */
  release(): void {
    for (const { payload, timestamp } of this.held.splice(0))
      this.options.onSound(payload, this.clock.wallMs(timestamp));
  }

  private take(packet: RtpData): void {
    const { timestamp, arrivalMs, payload } = packet;
    if (arrivalMs - (this.lastArrivalMs ?? arrivalMs) > MUTED_AFTER_MS) {
      this.release();
      this.clock = this.newClock();
      this.firstArrivalMs = undefined;
    }
    this.lastArrivalMs = arrivalMs;
    // `| 0` makes the difference a signed 32-bit number, so it is taken the shorter way around.
    const backTicks = ((this.lastTimestamp ?? timestamp) - timestamp) | 0;
    if (backTicks > SET_BACK_TICKS) {
      // The sender has set its clock back; what is held has times of the old clock.
      this.release();
      this.clock.startOver();
    }
    this.lastTimestamp = timestamp;
    this.clock.observe(timestamp, arrivalMs);
    if (payload.length === 0 || isLivekitFiller(payload)) return;
    this.firstArrivalMs ??= arrivalMs;
    this.held.push(packet);
    if (!this.mustHold(arrivalMs)) this.release();
  }

  private newClock(): TrackClock {
    return new TrackClock(OPUS_RATE, this.options.offset, PACKET_MS);
  }

  private mustHold(nowMs: number): boolean {
    if (!this.clock.isExact && nowMs - (this.firstArrivalMs ?? nowMs) < REPORT_WAIT_MS) return true;
    return nowMs - (this.clock.undecidedSinceMs ?? -Infinity) < MAX_HOLD_MS;
  }
}
