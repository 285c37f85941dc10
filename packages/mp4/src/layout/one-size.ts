import { joinParameterSets } from '../boxes/avc-config.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';
import { codingOf, entrySize, shownAt, type HeadCoding } from './exact-cut.ts';

/** Says which samples of a video fit it, so that they stay as they are. */
export type Fits = (video: FileTrack) => (sample: FileSample) => boolean;

/** Samples of the video's size fit. */
export const fitsBySize: Fits = (video) => (sample) => hasSizeOf(video, sample);

/** A piece of a video whose pictures don't fit it: the samples from `first` up to, not including, `end`. */
export interface OtherSizePiece {
  first: number;
  end: number;
  /** How its pictures are encoded anew, so that they fit the others. */
  coding: HeadCoding;
}

/**
 * Finds the first piece of another size. Returns null when there is none, or none that can be encoded by itself: the video
 * isn't H.264 of the usual profiles, its pictures are decoded in another order than they are shown in, the piece doesn't begin
 * with a keyframe, or the parameter sets leave no id free.
 */
export function firstPieceOfOtherSize(video: FileTrack, fits: Fits = fitsBySize): OtherSizePiece | null {
  const { samples } = video;
  const isFitting = fits(video);
  const isOther = samples.map((sample) => !isFitting(sample));
  const first = isOther.indexOf(true);
  const fitting = samples[isOther.indexOf(false)];
  if (first < 0 || fitting === undefined || samples[first]?.isKey !== true) return null;
  const starts = samples.map((sample) => shownAt(video, sample));
  if (starts.some((start, index) => start <= (starts[index - 1] ?? Number.NEGATIVE_INFINITY))) return null;
  const next = isOther.indexOf(false, first);
  const coding = codingOf(fitting);
  return coding === null ? null : { first, end: next < 0 ? samples.length : next, coding };
}

function hasSizeOf({ width, height }: FileTrack, { sampleEntry }: FileSample): boolean {
  const size = entrySize(sampleEntry);
  return size.width === width && size.height === height;
}

/** Returns the video of a piece alone, which begins at 0. */
export function pieceAlone(video: FileTrack, { first, end }: OtherSizePiece): FileTrack {
  const from = startOf(video, first);
  const samples = video.samples.slice(first, end).map((sample) => ({
    ...sample,
    decodeTime: sample.decodeTime + sample.compositionOffset - from,
    compositionOffset: 0,
  }));
  return { ...video, samples, presentedFrom: 0, end: startOf(video, end) - from };
}

/**
 * Puts a piece back that was encoded in the video's size. Its parameter sets go into the sample entry of the other pictures,
 * because some programs read no track that has several entries.
 * @param encoded timed from the piece's start, in the video's timescale
 * @throws RangeError when it has no picture
 */
export function withPiece(
  video: FileTrack,
  { first, end }: OtherSizePiece,
  encoded: FileTrack,
  fits: Fits = fitsBySize,
): FileTrack {
  const from = startOf(video, first);
  const entry = video.samples.find(fits(video))?.sampleEntry;
  const [picture] = encoded.samples;
  if (entry === undefined || picture === undefined) throw new RangeError('a piece without a picture');
  const joined = joinParameterSets(entry, picture.sampleEntry);
  const others = (samples: readonly FileSample[]) =>
    samples.map((sample) => (sample.sampleEntry.equals(entry) ? { ...sample, sampleEntry: joined } : sample));
  const samples = [
    ...others(video.samples.slice(0, first)),
    ...encoded.samples.map((sample) => ({
      ...sample,
      decodeTime: sample.decodeTime + from,
      sampleEntry: joined,
    })),
    ...others(video.samples.slice(end)),
  ];
  return { ...video, samples };
}

/** Returns when a sample is shown in media time, or the end of the video behind the last one. */
function startOf({ samples, end }: FileTrack, index: number): number {
  const sample = samples[index];
  return sample === undefined ? end : sample.decodeTime + sample.compositionOffset;
}
