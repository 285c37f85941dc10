import type { SampleSequence } from './sample-sequence.ts';

/** What of a sequence is taken. Samples are [first, behind); times are ticks of the sequence. */
export interface PictureCut {
  first: number;
  behind: number;
  /** The picture that is on screen at the start. */
  shown: number;
  /** What is shown. */
  from: number;
  to: number;
}

/** @throws RangeError when there is no keyframe to begin with, or nothing to show */
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
  // Only one edit is understood everywhere: behind the first section there is no place to hide pictures in.
  const shown = mayHideLeadIn ? onScreen : first;
  const from = Math.max(sequence.start(shown), mayHideLeadIn ? Math.min(asked, sequence.end(shown) - 1) : 0);
  const behind = sequence.findLast((sample) => sequence.start(sample) < until) + 1;
  let last = first;
  for (let sample = first; sample < behind; sample++)
    if (sequence.start(sample) > sequence.start(last)) last = sample;
  const to = Math.min(until, sequence.end(last));
  if (to <= from) throw new RangeError('nothing is shown in the range');
  return { first, behind, shown, from, to };
}

/** Seconds on a section's media timeline. */
export interface SectionTimes {
  /** Its first decoded picture. */
  decodedFrom: number;
  /** What is shown of it. */
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
 * How many hidden pictures can be hurried through, a tick each, because they are decoded in the order in which they would be
 * shown: all of the lead-in or none.
 */
export function hurriedPictures(sequence: SampleSequence, { first, shown }: PictureCut): number {
  for (let sample = first; sample <= shown; sample++)
    if (sequence.start(sample) !== sequence.decodeTimes[sample]) return 0;
  return shown - first;
}

/** A picture that is shown first and decoded first may begin at the start itself, and hidden ones just before it. */
export function firstDecodeTime(sequence: SampleSequence, cut: PictureCut): number {
  const decodeTime = sequence.decodeTimes[cut.first] ?? 0;
  const isHurried = cut.shown === cut.first || hurriedPictures(sequence, cut) > 0;
  return isHurried ? Math.max(decodeTime, cut.from - (cut.shown - cut.first)) : decodeTime;
}
