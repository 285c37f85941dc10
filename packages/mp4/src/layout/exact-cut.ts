import { freeParameterSetId, joinParameterSets, readAvcConfig } from '../boxes/avc-config.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';

/**
 * A cut of a video that begins exactly at its start in every player: with the picture that is on screen there, as a keyframe.
 * The pictures before the next keyframe are encoded anew, and the rest is copied. Times are ticks on the presentation clock.
 */
export interface ExactCut {
  from: number;
  to: number;
  /** The sample that is on screen at `from`. */
  first: number;
  /** The samples from this one to `end` are copied; it equals `end` when no keyframe follows in the cut. */
  copiedFrom: number;
  end: number;
  /** How the pictures before `copiedFrom` are encoded, so that they fit those that are copied. */
  coding: HeadCoding;
}

export interface HeadCoding {
  /** The profile_idc of the source (ISO/IEC 14496-10, annex A), which is encoded in too. */
  profile: number;
  /** The new parameter sets get this id, which the source's don't use. */
  parameterSetId: number;
}

export const PROFILE = { baseline: 66, main: 77, high: 100 } as const;
/** Only profiles of 8 bits and 4:2:0 are supported, because the pictures before the keyframe are encoded like that. */
const PROFILES: readonly number[] = Object.values(PROFILE);
/** The recorder and encoders write the lengths of NAL units with this many bytes. */
const LENGTH_BYTES = 4;

/**
 * Plans an exact cut. Returns null when nothing is shown in the range or the video can't be cut exactly: it isn't H.264 of
 * the usual profiles, its pictures are decoded in another order than they are shown in, or its parameter sets leave no id
 * free.
 */
export function planExactCut(
  video: FileTrack,
  { fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
): ExactCut | null {
  const { samples, timescale } = video;
  const [from, to] = [Math.round(fromSeconds * timescale), Math.round(toSeconds * timescale)];
  const starts = samples.map((sample) => shownAt(video, sample));
  if (starts.some((start, index) => start <= (starts[index - 1] ?? Number.NEGATIVE_INFINITY))) return null;
  const first = Math.max(
    0,
    starts.findLastIndex((start) => start <= from),
  );
  const end = starts.findLastIndex((start) => start < to) + 1;
  const sample = samples[first];
  const coding = sample === undefined ? null : codingOf(sample);
  if (coding === null || to <= from || end <= first) return null;
  const nextKey = samples.findIndex(({ isKey }, index) => index >= first && isKey);
  const copiedFrom = nextKey < 0 ? end : Math.min(nextKey, end);
  return { from, to, first, copiedFrom, end, coding };
}

/** Plans a cut of everything that is presented. Returns null when no lead-in is hidden, or the video can't be cut exactly. */
export function planExactStart(video: FileTrack): ExactCut | null {
  const { presentedFrom, end, timescale } = video;
  if (presentedFrom === 0) return null;
  return planExactCut(video, { fromSeconds: 0, toSeconds: (end - presentedFrom) / timescale });
}

/** Returns when a picture is shown, in ticks on the presentation clock. */
export function shownAt({ presentedFrom }: FileTrack, sample: FileSample): number {
  return sample.decodeTime + sample.compositionOffset - presentedFrom;
}

/**
 * Decides how pictures are encoded that shall fit a sample. Returns null when it isn't H.264 of the usual profiles, or its
 * parameter sets leave no id free.
 */
export function codingOf({ sampleEntry }: FileSample): HeadCoding | null {
  const config = readAvcConfig(sampleEntry);
  if (config === null || config.lengthBytes !== LENGTH_BYTES || !PROFILES.includes(config.profile))
    return null;
  const parameterSetId = freeParameterSetId(config);
  return parameterSetId === null ? null : { profile: config.profile, parameterSetId };
}

/**
 * Builds the video track of a cut, which hides nothing and ends exactly where the cut does.
 * @param head the first pictures as they were encoded anew, timed from the cut's start in the video's timescale; null when
 *   there are none
 * @throws RangeError when the cut has no picture
 */
export function cutVideo(video: FileTrack, cut: ExactCut, head: FileTrack | null): FileTrack {
  const { from, to, first, copiedFrom, end } = cut;
  const source = video.samples[first]?.sampleEntry;
  const [encoded] = head?.samples ?? [];
  if (source === undefined) throw new RangeError('a cut without a picture');
  const entry = encoded === undefined ? source : joinParameterSets(source, encoded.sampleEntry);
  const samples = [
    ...(head?.samples ?? []).map((sample) => ({ ...sample, sampleEntry: entry })),
    ...video.samples.slice(copiedFrom, end).map((sample) => ({
      ...sample,
      sampleEntry: sample.sampleEntry === source ? entry : sample.sampleEntry,
      decodeTime: shownAt(video, sample) - from,
      compositionOffset: 0,
    })),
  ];
  // The picture that is on screen at the start may have been drawn long before, so its time is set to the start.
  const onTime = samples.map((sample, index) => (index === 0 ? { ...sample, decodeTime: 0 } : sample));
  return { ...video, ...sizeOf(video, samples), samples: onTime, presentedFrom: 0, end: to - from };
}

/** Width and height lie at this offset in a visual sample entry (ISO/IEC 14496-12, 12.1.3). */
const ENTRY_WIDTH_OFFSET = 32;

/** Returns the size of the largest picture that is left. A video may have several sizes, and a cut of it only one. */
function sizeOf(video: FileTrack, left: readonly FileSample[]): Pick<FileTrack, 'width' | 'height'> {
  const entriesOf = (samples: readonly FileSample[]) => [
    ...new Set(samples.map(({ sampleEntry }) => sampleEntry)),
  ];
  if (entriesOf(video.samples).length === 1) return { width: video.width, height: video.height };
  return entriesOf(left)
    .map(entrySize)
    .reduce((largest, size) => (size.width * size.height > largest.width * largest.height ? size : largest));
}

/** Returns the size of the pictures that a sample entry describes. */
export function entrySize(entry: Buffer): Pick<FileTrack, 'width' | 'height'> {
  return {
    width: entry.readUInt16BE(ENTRY_WIDTH_OFFSET),
    height: entry.readUInt16BE(ENTRY_WIDTH_OFFSET + 2),
  };
}
