import type { MediaTrack } from '../fragments/init-tracks.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';

/**
 * All samples of one kind in a stretch of media, in decode order, as flat arrays with one entry a sample. Times are ticks of
 * `timescale` on the session's media timeline.
 */
export class SampleSequence {
  readonly timescale: number;
  readonly decodeTimes: Float64Array;
  readonly presentationTimes: Float64Array;
  readonly durations: Uint32Array;
  readonly sizes: Uint32Array;
  readonly isKey: Uint8Array;
  readonly runs: readonly SampleRun[];
  /** Which sample each run begins with. */
  readonly firstOfRun: readonly number[];

  /** @throws RangeError when the runs don't share a timescale: times would not compare */
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
        // Time never stands still in a file, whatever a broken clock wrote.
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

  /** When a sample is first presented. */
  start(sample: number): number {
    return this.presentationTimes[sample] ?? 0;
  }

  /** When a sample is no longer presented. */
  end(sample: number): number {
    return this.start(sample) + (this.durations[sample] ?? 0);
  }

  /** Of the samples [from, behind) together. */
  bytesBetween(from: number, behind: number): number {
    let sizeBytes = 0;
    for (let sample = from; sample < behind; sample++) sizeBytes += this.sizes[sample] ?? 0;
    return sizeBytes;
  }

  /** The last sample that is true of, in decode order up to `from`; -1 when there is none. */
  findLast(is: (sample: number) => boolean, from = this.count - 1): number {
    let sample = from;
    while (sample >= 0 && !is(sample)) sample--;
    return sample;
  }
}

/** Null when there is nothing of the kind. */
export function sampleSequenceOf(
  runs: readonly SampleRun[],
  kind: MediaTrack['kind'],
): SampleSequence | null {
  const ofKind = runs.filter(({ track }) => track.kind === kind);
  return ofKind.length === 0 ? null : new SampleSequence(ofKind);
}
