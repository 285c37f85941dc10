import type { SampleSequence } from './sample-sequence.ts';

/**
 * A cut is the part of a sequence that goes into a clip: the samples from `first` up to, not including, `end`. Times are
 * ticks of the sequence.
 */
export interface PictureCut {
  first: number;
  end: number;
  /** The picture that is on screen at the start; those before it are decoded but hidden (the lead-in). */
  shown: number;
  /** The cut is shown from `from` to `to`. */
  from: number;
  to: number;
}

/**
 * Chooses the pictures of a section: from the keyframe that the start needs to the last one before the end.
 * @param mayHideLeadIn whether an edit list may hide the pictures before the start; if not, the section is shown from its
 *   keyframe on
 * @throws RangeError when there is no keyframe to begin with, or nothing to show
 */
export function cutPictures(
  sequence: SampleSequence,
  { startSeconds, durationSeconds }: { startSeconds: number; durationSeconds: number },
  { mayHideLeadIn }: { mayHideLeadIn: boolean },
): PictureCut {
  const asked = Math.round(startSeconds * sequence.timescale);
  const until = asked + Math.round(durationSeconds * sequence.timescale);
  const onScreen = Math.max(
    0,
    sequence.findLast((sample) => sequence.start(sample) <= asked),
  );
  const first = sequence.findLast((sample) => sequence.isKey[sample] === 1, onScreen);
  if (first < 0) throw new RangeError('no keyframe at or before the start');
  // Players only agree on a single edit, so only the first section of a clip can hide pictures.
  const shown = mayHideLeadIn ? onScreen : first;
  const from = Math.max(sequence.start(shown), mayHideLeadIn ? Math.min(asked, sequence.end(shown) - 1) : 0);
  const end = sequence.findLast((sample) => sequence.start(sample) < until) + 1;
  let last = first;
  for (let sample = first; sample < end; sample++)
    if (sequence.start(sample) > sequence.start(last)) last = sample;
  const to = Math.min(until, sequence.end(last));
  if (to <= from) throw new RangeError('nothing is shown in the range');
  return { first, end, shown, from, to };
}

/** These are the times of a section's cut, in seconds on its media timeline. */
export interface SectionTimes {
  /** The first picture is decoded at this time. */
  decodedFrom: number;
  /** The section is shown from `from` to `to`. */
  from: number;
  to: number;
}

export function sectionTimes(sequence: SampleSequence, cut: PictureCut): SectionTimes {
  return {
    decodedFrom: firstDecodeTime(sequence, cut) / sequence.timescale,
    from: cut.from / sequence.timescale,
    to: cut.to / sequence.timescale,
  };
}

/**
 * Counts the hidden pictures of the lead-in that can be shortened. It is all of them or none: they can only when they are
 * decoded in the order in which they would be shown.
 */
export function countShortenedPictures(sequence: SampleSequence, { first, shown }: PictureCut): number {
  for (let sample = first; sample <= shown; sample++)
    if (sequence.start(sample) !== sequence.decodeTimes[sample]) return 0;
  return shown - first;
}

/** All hidden pictures together take this long, which is as long as sound has to begin before the start. */
const SHORTENED_SECONDS = 0.08;

/**
 * Returns when the cut's first picture is decoded. The picture shown first may begin at the start itself and the hidden ones
 * are shortened to come just before it, unless pictures are decoded out of order.
 */
export function firstDecodeTime(sequence: SampleSequence, cut: PictureCut): number {
  const decodeTime = sequence.decodeTimes[cut.first] ?? 0;
  if (cut.shown === cut.first) return Math.max(decodeTime, cut.from);
  const shortened = countShortenedPictures(sequence, cut);
  if (shortened === 0) return decodeTime;
  // Each of them needs a tick.
  const leadIn = Math.max(shortened, Math.round(SHORTENED_SECONDS * sequence.timescale));
  return Math.max(decodeTime, cut.from - leadIn);
}
