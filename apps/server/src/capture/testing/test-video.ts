import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { box } from '@hindsight/mp4/boxes/box-writer';
import { avcEntry } from '@hindsight/mp4/testing/samples';

/** The sample entry is Baseline, and both parameter sets have the id 0. */
const ENTRY = box(
  'avc1',
  avcEntry(1280, 720).subarray(8, 86),
  box('avcC', Buffer.from('0142c01fffe100056742c01fda01000268ce', 'hex')),
);

/**
 * Returns a video of ten pictures per second after a hidden lead-in, each of 1000 bytes, with a keyframe every four
 * seconds.
 */
export function testVideo(seconds: number, leadInSeconds = 0): FileTrack {
  const timescale = 90_000;
  const count = Math.round((seconds + leadInSeconds) * 10);
  return {
    ...{ kind: 'video', timescale, codec: 'avc1', width: 1280, height: 720 },
    samples: Array.from({ length: count }, (_, index) => ({
      ...{ path: '/clip.mp4', offset: index * 1000, sizeBytes: 1000, sampleEntry: ENTRY },
      ...{ decodeTime: (index * timescale) / 10, compositionOffset: 0, isKey: index % 40 === 0 },
    })),
    presentedFrom: leadInSeconds * timescale,
    end: (count * timescale) / 10,
  };
}
