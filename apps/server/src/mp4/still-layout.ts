import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import { laneOf } from './lane.ts';

/**
 * Lays out the last keyframe that is shown so long before the end of the sections, alone: what a decoder needs for a still.
 * @throws RangeError when there is no picture
 */
export function layOutStill(sections: readonly LayoutSection[], beforeEndSeconds: number): ClipLayout {
  const section = sections.at(-1);
  const runs = (section?.segments ?? [])
    .flatMap((segment) => segment.runs)
    .filter(({ track }) => track.kind === 'video');
  const lane = laneOf(runs, 'video');
  if (section === undefined || lane === null) throw new RangeError('a still needs a picture');
  const wanted = (section.startSeconds + section.durationSeconds - beforeEndSeconds) * lane.timescale;
  const isKey = (sample: number) => lane.isKey[sample] === 1;
  const before = lane.findLast((sample) => isKey(sample) && lane.start(sample) <= wanted);
  const still = before >= 0 ? before : lane.isKey.indexOf(1);
  if (still < 0) throw new RangeError('a still needs a keyframe');
  return layOutClip([
    {
      segments: [{ runs }],
      startSeconds: lane.start(still) / lane.timescale,
      durationSeconds: 1 / lane.timescale,
    },
  ]);
}
