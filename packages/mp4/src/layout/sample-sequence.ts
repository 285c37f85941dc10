import type { MediaTrack } from '../fragments/init-tracks.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';

/**
 * All samples of one kind in consecutive segments, in decode order, as flat arrays with one entry per sample. Times are ticks
 * of `timescale` on the session's media timeline.
 */
export class SampleSequence {
  readonly timescale: number;
  readonly decodeTimes: Float64Array;
  readonly presentationTimes: Float64Array;
  readonly durations: Uint32Array;
  readonly sizes: Uint32Array;
  readonly isKey: Uint8Array;
  readonly runs: readonly SampleRun[];
  /** The index of the first sample of each run. */
  readonly firstOfRun: readonly number[];

  /**
   * Joins runs in their order.
   * @throws RangeError when the runs don't share a timescale, because their times could not be compared
   */
  constructor(runs: readonly SampleRun[]) {
    const timescale = runs[0]?.track.timescale ?? 0;
    if (runs.length === 0 || runs.some(({ track }) => track.timescale !== timescale))
      throw new RangeError('a sequence needs runs of one timescale');
    this.runs = runs;
    this.timescale = timescale;
    const count = runs.reduce((sum, { sizes }) => sum + sizes.length, 0);
    this.decodeTimes = new Float64Array(count);
    this.presentationTimes = new Float64Array(count);
    this.durations = new Uint32Array(count);
    this.sizes = new Uint32Array(count);
    this.isKey = new Uint8Array(count);
    const firstOfRun: number[] = [];
    let sample = 0;
    let earliest = Number.NEGATIVE_INFINITY;
    for (const run of runs) {
      firstOfRun.push(sample);
      this.durations.set(run.durations, sample);
      this.sizes.set(run.sizes, sample);
      this.isKey.set(run.isKey, sample);
      let time = run.decodeTime;
      const { durations, compositionOffsets } = run;
      for (let index = 0; index < durations.length; index++) {
        // Decode times always grow in a file, even where a broken clock wrote the segment.
        earliest = Math.max(time, earliest + 1);
        this.decodeTimes[sample] = earliest;
        this.presentationTimes[sample] = earliest + (compositionOffsets[index] ?? 0);
        time += durations[index] ?? 0;
        sample++;
      }
    }
    this.firstOfRun = firstOfRun;
  }

  get count(): number {
    return this.sizes.length;
  }

  /** Returns when a sample is first presented. */
  start(sample: number): number {
    return this.presentationTimes[sample] ?? 0;
  }

  /** Returns when a sample is no longer presented. */
  end(sample: number): number {
    return this.start(sample) + (this.durations[sample] ?? 0);
  }

  /** Returns the size of the samples from `from` up to, not including, `end`. */
  bytesBetween(from: number, end: number): number {
    let sizeBytes = 0;
    for (let sample = from; sample < end; sample++) sizeBytes += this.sizes[sample] ?? 0;
    return sizeBytes;
  }

  /** Returns the last sample up to `from`, in decode order, for which `is` is true; -1 when there is none. */
  findLast(is: (sample: number) => boolean, from = this.count - 1): number {
    let sample = from;
    while (sample >= 0 && !is(sample)) sample--;
    return sample;
  }
}

/** Joins the runs of one kind. Returns null when there are none. */
export function sampleSequenceOf(
  runs: readonly SampleRun[],
  kind: MediaTrack['kind'],
): SampleSequence | null {
  const ofKind = runs.filter(({ track }) => track.kind === kind);
  return ofKind.length === 0 ? null : new SampleSequence(ofKind);
}
