import type { Lane } from './lane.ts';

/** What of a lane is taken. Samples are [first, behind); times are ticks of the lane. */
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
  lane: Lane,
  { startSeconds, durationSeconds }: { startSeconds: number; durationSeconds: number },
  { mayHideLeadIn }: { mayHideLeadIn: boolean },
): PictureCut {
  const asked = Math.round(startSeconds * lane.timescale);
  const until = asked + Math.round(durationSeconds * lane.timescale);
  const onScreen = Math.max(
    0,
    lane.findLast((sample) => lane.start(sample) <= asked),
  );
  const first = lane.findLast((sample) => lane.isKey[sample] === 1, onScreen);
  if (first < 0) throw new RangeError('no keyframe at or before the start');
  // Only one edit is understood everywhere: behind the first section there is no place to hide pictures in.
  const shown = mayHideLeadIn ? onScreen : first;
  const from = Math.max(lane.start(shown), mayHideLeadIn ? Math.min(asked, lane.end(shown) - 1) : 0);
  const behind = lane.findLast((sample) => lane.start(sample) < until) + 1;
  let last = first;
  for (let sample = first; sample < behind; sample++)
    if (lane.start(sample) > lane.start(last)) last = sample;
  const to = Math.min(until, lane.end(last));
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

export function sectionTimes(lane: Lane, cut: PictureCut): SectionTimes {
  return {
    decodedFrom: firstDecodeTime(lane, cut) / lane.timescale,
    from: cut.from / lane.timescale,
    to: cut.to / lane.timescale,
  };
}

/**
 * How many hidden pictures can be hurried through, a tick each, because they are decoded in the order in which they would be
 * shown: all of the lead-in or none.
 */
export function hurriedPictures(lane: Lane, { first, shown }: PictureCut): number {
  for (let sample = first; sample <= shown; sample++)
    if (lane.start(sample) !== lane.decodeTimes[sample]) return 0;
  return shown - first;
}

/** A picture that is shown first and decoded first may begin at the start itself, and hidden ones just before it. */
export function firstDecodeTime(lane: Lane, cut: PictureCut): number {
  const decodeTime = lane.decodeTimes[cut.first] ?? 0;
  const isHurried = cut.shown === cut.first || hurriedPictures(lane, cut) > 0;
  return isHurried ? Math.max(decodeTime, cut.from - (cut.shown - cut.first)) : decodeTime;
}
