import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import { sampleSequenceOf, type SampleSequence } from './sample-sequence.ts';
import type { SegmentIndex } from '../fragments/segment-index.ts';

/**
 * Lays out a single keyframe, from which a decoder makes a still: the last one shown at least `beforeEndSeconds` before the
 * end of the sections, or else the first.
 * @throws RangeError when there is no keyframe
 */
export function layOutStill(sections: readonly LayoutSection[], beforeEndSeconds: number): ClipLayout {
  const section = sections.at(-1);
  if (section === undefined) throw new RangeError('a still needs a picture');
  const wantedSeconds = section.startSeconds + section.durationSeconds - beforeEndSeconds;
  const { segments } = section;
  // The search begins at the end, because the picture lies near it.
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

/** Returns the picture that `find` chooses in the first segment where it finds one; `find` returns -1 where it doesn't. */
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
