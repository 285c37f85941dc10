import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import { sampleSequenceOf, type SampleSequence } from './sample-sequence.ts';
import type { SegmentIndex } from '../fragments/segment-index.ts';

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
    firstStill(segments.toReversed(), (sequence) =>
      sequence.findLast(
        (sample) => isKey(sequence, sample) && sequence.start(sample) <= wantedSeconds * sequence.timescale,
      ),
    ) ?? firstStill(segments, (sequence) => sequence.isKey.indexOf(1));
  if (still === null) throw new RangeError('a still needs a keyframe');
  return layOutClip([still]);
}

const isKey = (sequence: SampleSequence, sample: number) => sequence.isKey[sample] === 1;

/** The first picture that is found in one of the segments; `find` says -1 for one that hasn't it. */
function firstStill(
  segments: readonly SegmentIndex[],
  find: (sequence: SampleSequence) => number,
): LayoutSection | null {
  for (const segment of segments) {
    const runs = segment.runs.filter(({ track }) => track.kind === 'video');
    const sequence = sampleSequenceOf(runs, 'video');
    const sample = sequence === null ? -1 : find(sequence);
    if (sequence === null || sample < 0) continue;
    return {
      segments: [{ runs }],
      startSeconds: sequence.start(sample) / sequence.timescale,
      durationSeconds: 1 / sequence.timescale,
    };
  }
  return null;
}
