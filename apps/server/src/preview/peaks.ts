import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { levelOf } from '../capture/mix/loudness.ts';

/** Peaks are computed from sound at this rate, which is enough for loudness and little to read. */
export const PCM_RATE = 8000;

const SAMPLES_PER_PEAK = (PCM_RATE * PEAK_MS) / 1000;
const BYTES_PER_SAMPLE = 2;
const FULL_SCALE = 32_768;

/**
 * Returns the loudness of a stretch of sound, one value for each `PEAK_MS`, from 0 to 100. `fromMs` and `toMs` count from
 * the first sample; it is silent after the last one.
 * @param pcm mono, 16 bits, little-endian, at `PCM_RATE`
 */
export function peaksOf(pcm: Buffer, { fromMs, toMs }: { fromMs: number; toMs: number }): number[] {
  const first = Math.round((fromMs / 1000) * PCM_RATE);
  const count = Math.max(0, Math.ceil((toMs - fromMs) / PEAK_MS));
  return Array.from({ length: count }, (_, index) => {
    const start = first + index * SAMPLES_PER_PEAK;
    let highest = 0;
    for (let at = start; at < start + SAMPLES_PER_PEAK; at++) {
      const offset = at * BYTES_PER_SAMPLE;
      if (offset < 0 || offset + BYTES_PER_SAMPLE > pcm.length) continue;
      highest = Math.max(highest, Math.abs(pcm.readInt16LE(offset)));
    }
    return levelOf(highest / FULL_SCALE);
  });
}
