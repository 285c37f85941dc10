import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { SECOND } from '@hindsight/shared/units';
import { MAX_CONCEALED_TICKS, type SourcePacket } from './mix-packets.ts';
import type { OwnedSource } from './mix-sources.ts';
import { SourceDecoder } from './opus-codec.ts';

/** How loud a source is in each `PEAK_MS` of a stretch, from 0 to 100. */
export interface Loudness {
  /** Whose voice it is; null for the share's own sound. */
  userId: string | null;
  levels: Uint8Array;
}

/** A stretch of a mix, in ticks of 48 kHz. */
interface Stretch {
  from: number;
  to: number;
}

/** Each level covers so many ticks of a mix. */
const LEVEL_TICKS = (OPUS_RATE * PEAK_MS) / SECOND;
/** Sound quieter than this looks like silence (dB below full scale). */
const FLOOR_DB = 48;
const FULL_SCALE = 32_768;
/** Loudness needs no more than this of a sound. */
const FORMAT = { channels: 1, sample_rate: 8000 } as const;
const TICKS_PER_SAMPLE = OPUS_RATE / FORMAT.sample_rate;

/** Turns the loudest sample of a moment, of 1, into a level from 0 to 100. The scale is in decibels, because people hear so. */
export function levelOf(amplitude: number): number {
  if (amplitude === 0) return 0;
  return Math.min(100, Math.max(0, Math.round(100 * (1 + (20 * Math.log10(amplitude)) / FLOOR_DB))));
}

/** Tells how loud each person, and the share, is in a stretch. Several microphones of one person are as loud as the loudest. */
export function loudnessOf(sources: readonly OwnedSource[], stretch: Stretch): Loudness[] {
  const count = Math.max(0, Math.ceil((stretch.to - stretch.from) / LEVEL_TICKS));
  const peaks = new Map<string | null, Float64Array>();
  for (const source of sources) {
    const ofPerson = peaks.get(source.userId) ?? new Float64Array(count);
    peaks.set(source.userId, ofPerson);
    addPeaks(ofPerson, source, stretch);
  }
  return [...peaks].map(([userId, ofPerson]) => ({
    userId,
    levels: Uint8Array.from(ofPerson, (peak) => levelOf(peak / FULL_SCALE)),
  }));
}

function addPeaks(peaks: Float64Array, { from, to, packets }: OwnedSource, stretch: Stretch): void {
  const begin = Math.max(from, stretch.from);
  const end = Math.min(to, stretch.to);
  // A decoder that begins in mid-stream is quieter at first.
  const heard = packets.filter(({ at }) => at >= begin - LEVEL_TICKS && at < end);
  if (heard.length === 0) return;
  using decoder = new SourceDecoder(FORMAT);
  let last: SourcePacket | undefined;
  for (const packet of heard) {
    if (last !== undefined && packet.at - last.at - last.samples > MAX_CONCEALED_TICKS) decoder.reset();
    last = packet;
    for (const [index, sample] of (decoder.decode(packet.payload) ?? []).entries()) {
      const at = packet.at + index * TICKS_PER_SAMPLE;
      if (at < begin || at >= end) continue;
      const level = Math.floor((at - stretch.from) / LEVEL_TICKS);
      peaks[level] = Math.max(peaks[level] ?? 0, Math.abs(sample));
    }
  }
}
