import type { FilePayload } from '../tables/payload.ts';
import type { SampleSequence } from './sample-sequence.ts';
import type { MovieTrack } from '../boxes/movie-header.ts';
import { firstDecodeTime, countShortenedPictures, type PictureCut } from './picture-cut.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { TrackBuilder } from '../tables/track-builder.ts';

/** Puts the pictures of sections one after the other. */
export class PictureLayout {
  timescale = 0;
  private readonly payload: FilePayload;
  private builder: TrackBuilder | null = null;
  private sequence: SampleSequence | null = null;
  private cut: PictureCut | null = null;
  /** Movie time minus sequence time, in ticks. */
  private shift = 0;
  /** The pictures so far end at this time of the movie, in ticks. */
  private cursor = 0;
  private presentedFrom = 0;
  /**
   * This many pictures at the section's beginning are hidden and share the little time before its start, so that players
   * without edit lists soon reach it.
   */
  private shortenedCount = 0;
  /** The decode time of the picture before, in ticks of the movie; null before the first, which is decoded at 0. */
  private earliest: number | null = null;
  private runIndex = 0;

  constructor(payload: FilePayload) {
    this.payload = payload;
  }

  get durationTicks(): number {
    return this.cursor - this.presentedFrom;
  }

  /** The pictures so far end at this media time of the movie. */
  get endSeconds(): number {
    return this.cursor / this.timescale;
  }

  /**
   * Starts a section. The first one begins together with its sound, at `soundFrom` of its media timeline, and its first
   * picture lasts from there on: so players without edit lists show it in sync too.
   * @returns movie time minus the section's own time, in seconds
   * @throws RangeError when its timescale differs from that of the sections before
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
    this.shortenedCount = countShortenedPictures(sequence, cut);
    this.cursor = cut.to + this.shift;
    return this.shift / sequence.timescale;
  }

  /** Adds the pictures of the section's next run that belong to its cut. */
  add(run: SampleRun): void {
    const { sequence, cut } = this;
    if (sequence === null || cut === null) throw new RangeError('a run before its section');
    const firstOfRun = sequence.firstOfRun[this.runIndex++] ?? 0;
    const begin = Math.max(firstOfRun, cut.first);
    const end = Math.min(firstOfRun + run.sizes.length, cut.end);
    if (begin >= end) return;
    this.builder ??= new TrackBuilder(this.payload, run.track);
    const samples = [];
    for (let sample = begin; sample < end; sample++) {
      const start = sequence.start(sample) + this.shift;
      // Everything before the first shown picture is hidden, so this picture may begin at the start itself.
      const presented = sample === cut.shown ? Math.max(start, cut.from + this.shift) : start;
      const decoded = (sequence.decodeTimes[sample] ?? 0) + this.shift + (presented - start);
      const position = sample - cut.first;
      const isShortened = position < this.shortenedCount;
      if (this.earliest === null) this.earliest = 0;
      // Tools take a very short picture for the rate of all, so the time before the start is shared evenly.
      else if (isShortened) this.earliest = Math.floor((position * this.presentedFrom) / this.shortenedCount);
      else this.earliest = Math.max(decoded, this.earliest + 1);
      samples.push({
        decodeTime: this.earliest,
        compositionOffset: isShortened ? 0 : presented - this.earliest,
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
