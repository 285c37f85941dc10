import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import type { Sample } from '@hindsight/mp4/fragments/fragment-writer';
import { opusPacketSamples, opusSilence } from '../codecs/opus.ts';

/** A packet that is at most this far from where the last one ended was moved by noise in its timestamp, not by a pause. */
const TOLERANCE = 0.02 * OPUS_RATE;

/**
 * Lays Opus packets end to end: the pauses of DTX, a muted track and lost packets become silence, and a packet that would
 * overlap earlier ones is dropped. Times are in 48 kHz samples from the start of the recording.
 */
export class OpusTimeline {
  private end = 0;

  /** The sound so far ends at this time. */
  get endTime(): number {
    return this.end;
  }

  /** Returns the samples that a packet captured at `time` adds, including silence before it. */
  push(time: number, packet: Buffer): Sample[] {
    const duration = opusPacketSamples(packet);
    if (duration === null || time - this.end < -TOLERANCE) return [];
    const samples = time - this.end > TOLERANCE ? this.silenceUntil(time) : [];
    samples.push(this.append(packet, duration));
    return samples;
  }

  /** Adds silence up to `time`, or at most 2.5 ms less, and returns its samples. */
  silenceUntil(time: number): Sample[] {
    const samples: Sample[] = [];
    for (const silence of opusSilence(time - this.end))
      samples.push(this.append(silence.packet, silence.samples));
    return samples;
  }

  /** Continues at `time` and leaves the time until then empty. */
  skipTo(time: number): void {
    this.end = Math.max(this.end, time);
  }

  private append(packet: Buffer, duration: number): Sample {
    const sample = {
      decodeTime: this.end,
      duration,
      isKey: true,
      chunks: [packet],
      sizeBytes: packet.length,
    };
    this.end += duration;
    return sample;
  }
}
