import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import { laneOf, type Lane } from './lane.ts';
import type { SegmentIndex } from './sample-index.ts';

/**
 * Lays out the last keyframe that is shown so long before the end of the sections, alone: what a decoder needs for a still.
 * @throws RangeError when there is no picture
 */
export function layOutStill(sections: readonly LayoutSection[], beforeEndSeconds: number): ClipLayout {
  const section = sections.at(-1);
  if (section === undefined) throw new RangeError('a still needs a picture');
  const wantedSeconds = section.startSeconds + section.durationSeconds - beforeEndSeconds;
  const { segments } = section;
  // From the end, near which it lies.
  const still =
    firstStill(segments.toReversed(), (lane) =>
      lane.findLast((sample) => isKey(lane, sample) && lane.start(sample) <= wantedSeconds * lane.timescale),
    ) ?? firstStill(segments, (lane) => lane.isKey.indexOf(1));
  if (still === null) throw new RangeError('a still needs a keyframe');
  return layOutClip([still]);
}

const isKey = (lane: Lane, sample: number) => lane.isKey[sample] === 1;

/** The first picture that is found in one of the segments; `find` says -1 for one that hasn't it. */
function firstStill(segments: readonly SegmentIndex[], find: (lane: Lane) => number): LayoutSection | null {
  for (const segment of segments) {
    const runs = segment.runs.filter(({ track }) => track.kind === 'video');
    const lane = laneOf(runs, 'video');
    const sample = lane === null ? -1 : find(lane);
    if (lane === null || sample < 0) continue;
    return {
      segments: [{ runs }],
      startSeconds: lane.start(sample) / lane.timescale,
      durationSeconds: 1 / lane.timescale,
    };
  }
  return null;
}
