import type { FilePayload } from '../tables/payload.ts';
import type { SampleSequence } from './sample-sequence.ts';
import type { MovieTrack } from '../boxes/movie-header.ts';
import { firstDecodeTime, hurriedPictures, type PictureCut } from './picture-cut.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { TrackBuilder } from '../tables/track-builder.ts';

/** Puts the pictures of sections one behind the other. */
export class PictureLayout {
  timescale = 0;
  private readonly payload: FilePayload;
  private builder: TrackBuilder | null = null;
  private sequence: SampleSequence | null = null;
  private cut: PictureCut | null = null;
  /** Movie time minus sequence time, ticks. */
  private shift = 0;
  /** Ticks of the movie. */
  private cursor = 0;
  private presentedFrom = 0;
  /** So many pictures at the section's beginning are hidden, and take no time: players that know no edit lists pass over them. */
  private hurried = 0;
  /** Decode time of the picture before, ticks of the movie; the first is decoded at 0. */
  private earliest: number | null = null;
  private runIndex = 0;

  constructor(payload: FilePayload) {
    this.payload = payload;
  }

  get durationTicks(): number {
    return this.cursor - this.presentedFrom;
  }

  /** Of the movie's media time. */
  get endSeconds(): number {
    return this.cursor / this.timescale;
  }

  /**
   * Takes up a section. The first begins with its sound, at `soundFrom` of its media timeline, so that players that know no
   * edit lists show it in sync too: its first picture is held from there.
   * @returns movie time minus the section's own time, seconds
   */
  begin(sequence: SampleSequence, cut: PictureCut, soundFrom = Number.POSITIVE_INFINITY): number {
    const isFirst = this.builder === null;
    if (isFirst) this.timescale = sequence.timescale;
    if (sequence.timescale !== this.timescale) throw new RangeError('the timescale changes inside the clip');
    this.sequence = sequence;
    this.cut = cut;
    this.runIndex = 0;
    this.shift = isFirst
      ? -Math.min(firstDecodeTime(sequence, cut), Math.round(soundFrom * sequence.timescale))
      : this.cursor - cut.from;
    if (isFirst) this.presentedFrom = cut.from + this.shift;
    this.hurried = hurriedPictures(sequence, cut);
    this.cursor = cut.to + this.shift;
    return this.shift / sequence.timescale;
  }

  add(run: SampleRun): void {
    const { sequence, cut } = this;
    if (sequence === null || cut === null) throw new RangeError('a run before its section');
    const firstOfRun = sequence.firstOfRun[this.runIndex++] ?? 0;
    const begin = Math.max(firstOfRun, cut.first);
    const end = Math.min(firstOfRun + run.sizes.length, cut.behind);
    if (begin >= end) return;
    this.builder ??= new TrackBuilder(this.payload, run.track);
    const samples = [];
    for (let sample = begin; sample < end; sample++) {
      const start = sequence.start(sample) + this.shift;
      // All before the first shown picture is hidden, so that one may begin at the start itself.
      const presented = sample === cut.shown ? Math.max(start, cut.from + this.shift) : start;
      const decoded = (sequence.decodeTimes[sample] ?? 0) + this.shift + (presented - start);
      const isHurried = sample - cut.first < this.hurried;
      if (this.earliest === null) this.earliest = 0;
      else this.earliest = isHurried ? this.earliest + 1 : Math.max(decoded, this.earliest + 1);
      samples.push({
        decodeTime: this.earliest,
        compositionOffset: isHurried ? 0 : presented - this.earliest,
        sizeBytes: sequence.sizes[sample] ?? 0,
        isKey: sequence.isKey[sample] === 1,
      });
    }
    const offset = run.offset + sequence.bytesBetween(firstOfRun, begin);
    this.builder.addFromFile(run.track, { path: run.path, offset }, samples);
  }

  finish(): MovieTrack {
    if (this.builder === null) throw new RangeError('a clip needs a picture');
    return this.builder.finish({ presentedFrom: this.presentedFrom, end: this.cursor });
  }
}
