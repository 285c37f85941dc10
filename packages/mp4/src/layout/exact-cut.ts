import { freeParameterSetId, joinParameterSets, readAvcConfig } from '../boxes/avc-config.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';

/**
 * A cut of a video that begins exactly where it should in every player: with the picture that is on screen there, as a
 * keyframe. What isn't one is encoded anew, up to the next; the rest is copied. Times are ticks on the presentation clock.
 */
export interface ExactCut {
  from: number;
  to: number;
  /** The sample that is on screen at `from`. */
  first: number;
  /** The samples from this one on are copied; it is `behind` when no keyframe follows in the cut. */
  copiedFrom: number;
  behind: number;
  /** What the pictures that are encoded anew have in common with those that are copied, and what they must not have. */
  coding: HeadCoding;
}

export interface HeadCoding {
  /** profile_idc (ISO/IEC 14496-10, annex A). */
  profile: number;
  /** Of the parameter sets: one that those of the source don't have. */
  parameterSetId: number;
}

export const PROFILE = { baseline: 66, main: 77, high: 100 } as const;
/** Those of 8 bits and a quarter of the colour, which is what is encoded. */
const PROFILES: readonly number[] = Object.values(PROFILE);
/** As they are written. */
const LENGTH_BYTES = 4;

/**
 * Null when the video can't be cut so, or shows nothing there: it isn't H.264 of the usual kinds, pictures are decoded in
 * another order than they are shown in, or its parameter sets leave no number for others.
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
  const behind = starts.findLastIndex((start) => start < to) + 1;
  const sample = samples[first];
  const coding = sample === undefined ? null : codingOf(sample);
  if (coding === null || to <= from || behind <= first) return null;
  const nextKey = samples.findIndex(({ isKey }, index) => index >= first && isKey);
  const copiedFrom = nextKey < 0 ? behind : Math.min(nextKey, behind);
  return { from, to, first, copiedFrom, behind, coding };
}

/** The cut of all that is presented. Null when nothing is hidden before it, or the video can't be cut so. */
export function planExactStart(video: FileTrack): ExactCut | null {
  const { presentedFrom, end, timescale } = video;
  if (presentedFrom === 0) return null;
  return planExactCut(video, { fromSeconds: 0, toSeconds: (end - presentedFrom) / timescale });
}

/** When a picture is shown, ticks on the presentation clock. */
export function shownAt({ presentedFrom }: FileTrack, sample: FileSample): number {
  return sample.decodeTime + sample.compositionOffset - presentedFrom;
}

function codingOf({ sampleEntry }: FileSample): HeadCoding | null {
  const config = readAvcConfig(sampleEntry);
  if (config === null || config.lengthBytes !== LENGTH_BYTES || !PROFILES.includes(config.profile))
    return null;
  const parameterSetId = freeParameterSetId(config);
  return parameterSetId === null ? null : { profile: config.profile, parameterSetId };
}

/**
 * The pictures of a cut. Nothing of it is hidden, and it ends exactly where the cut does.
 * @param head what its first pictures were encoded to, timed from the cut's start in the video's timescale; null when
 *   there are none
 */
export function cutVideo(video: FileTrack, cut: ExactCut, head: FileTrack | null): FileTrack {
  const { from, to, first, copiedFrom, behind } = cut;
  const source = video.samples[first]?.sampleEntry;
  const [encoded] = head?.samples ?? [];
  if (source === undefined) throw new RangeError('a cut without a picture');
  const entry = encoded === undefined ? source : joinParameterSets(source, encoded.sampleEntry);
  const samples = [
    ...(head?.samples ?? []).map((sample) => ({ ...sample, sampleEntry: entry })),
    ...video.samples.slice(copiedFrom, behind).map((sample) => ({
      ...sample,
      sampleEntry: sample.sampleEntry === source ? entry : sample.sampleEntry,
      decodeTime: shownAt(video, sample) - from,
      compositionOffset: 0,
    })),
  ];
  // The picture on screen may have been drawn long before.
  const onTime = samples.map((sample, index) => (index === 0 ? { ...sample, decodeTime: 0 } : sample));
  return { ...video, ...sizeOf(video, samples), samples: onTime, presentedFrom: 0, end: to - from };
}

/** ISO/IEC 14496-12, 12.1.3: width and height of a visual sample entry. */
const ENTRY_WIDTH_OFFSET = 32;

/** Of the largest picture: in a cut of a video of several sizes, one may be left. */
function sizeOf(video: FileTrack, left: readonly FileSample[]): Pick<FileTrack, 'width' | 'height'> {
  const entriesOf = (samples: readonly FileSample[]) => [
    ...new Set(samples.map(({ sampleEntry }) => sampleEntry)),
  ];
  if (entriesOf(video.samples).length === 1) return { width: video.width, height: video.height };
  const sizes = entriesOf(left).map((entry) => ({
    width: entry.readUInt16BE(ENTRY_WIDTH_OFFSET),
    height: entry.readUInt16BE(ENTRY_WIDTH_OFFSET + 2),
  }));
  return sizes.reduce((largest, size) =>
    size.width * size.height > largest.width * largest.height ? size : largest,
  );
}
