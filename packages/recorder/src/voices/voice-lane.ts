import type { RtpData } from '../codecs/rtp-data.ts';
import type { SharedOffset } from '../rtp/rtp-clock.ts';
import { VoiceIntake } from './voice-intake.ts';
import { VoiceWriter } from './voice-writer.ts';

export interface VoiceLaneOptions {
  folder: string;
  /** The participant's clock. */
  offset: SharedOffset;
  slot: number;
  requestRetransmission: (sequenceNumbers: number[]) => void;
  /** Returns how far below full scale the voice is now, in dB; null when nobody has said. */
  level: () => number | null;
  /** Called when the disk refuses something. The lane goes on, with a gap. */
  onFailed: (error: unknown) => void;
}

/** What one microphone sends, from packets to pieces. Nothing of it ever throws. */
export class VoiceLane {
  readonly slot: number;
  /** Whether what it says is written; otherwise it is only heard. */
  isKept = false;
  private readonly options: VoiceLaneOptions;
  private readonly writer: VoiceWriter;
  private source: { ssrc: number; intake: VoiceIntake } | undefined;
  private isClosed = false;

  constructor(options: VoiceLaneOptions) {
    this.options = options;
    this.slot = options.slot;
    this.writer = new VoiceWriter(options.folder, options.slot);
  }

  packet(ssrc: number, packet: RtpData): void {
    this.intakeOf(ssrc).packet(packet);
  }

  senderReport(ssrc: number, timestamp: number, ntpMs: number, arrivalMs: number): void {
    if (this.source?.ssrc === ssrc) this.source.intake.senderReport(timestamp, ntpMs, arrivalMs);
  }

  tick(nowMs: number): void {
    this.source?.intake.tick(nowMs);
    this.write(() => this.writer.tick(nowMs));
  }

  /** Writes everything that was received in order so far. */
  flush(): void {
    this.source?.intake.release();
    this.write(() => this.writer.flush());
  }

  /** Writes what is left and ends the lane. */
  close(): void {
    this.source?.intake.release();
    this.write(() => this.writer.close());
    this.isClosed = true;
  }

  /** Ends the lane without writing what is left. */
  discard(): void {
    this.isClosed = true;
    this.write(() => this.writer.discard());
  }

  /** A track that was subscribed to anew is numbered and timed anew. */
  private intakeOf(ssrc: number): VoiceIntake {
    if (this.source?.ssrc === ssrc) return this.source.intake;
    this.source?.intake.release();
    const { offset, requestRetransmission } = this.options;
    const intake = new VoiceIntake({
      offset,
      requestRetransmission,
      onSound: (payload, wallMs) => this.take(payload, wallMs),
    });
    this.source = { ssrc, intake };
    return intake;
  }

  private take(payload: Buffer, wallMs: number): void {
    if (this.isKept && !this.isClosed)
      this.write(() => this.writer.add(payload, wallMs, this.options.level(), Date.now()));
  }

  private write(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.options.onFailed(error);
    }
  }
}
