import { createFile, MP4BoxBuffer, type Movie, type Sample } from 'mp4box';
import { describe, expect, it } from 'vitest';
import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { readMovie } from '../testing/read-movie.ts';
import { avcEntry, packets, pictures, sampleRun, VIDEO_TRACK } from '../testing/samples.ts';

interface Structure {
  movie: Movie;
  /** The samples of each track, in the order of the file. */
  samples: Sample[][];
}

/** Reads a movie header with mp4box.js, an independent parser. */
function readWithMp4box({ head }: ClipLayout): Structure {
  const file = createFile();
  const errors: string[] = [];
  const movies: Movie[] = [];
  file.onError = (module, message) => errors.push(`${module}: ${message}`);
  file.onReady = (movie) => movies.push(movie);
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(head).buffer, 0));
  expect(errors).toEqual([]);
  const movie = movies[0];
  if (movie === undefined) throw new Error('mp4box.js finds no movie');
  return { movie, samples: movie.tracks.map(({ id }) => file.getTrackSamplesInfo(id)) };
}

const section = (startSeconds: number, durationSeconds: number, ...runs: SampleRun[]): LayoutSection => ({
  segments: [{ runs }],
  startSeconds,
  durationSeconds,
});

const OTHER_SIZE = { ...VIDEO_TRACK, width: 1920, height: 1080, sampleEntry: avcEntry(1920, 1080) };

const CLIPS: [name: string, layout: ClipLayout][] = [
  ['a start between keyframes', layOutClip([section(100.57, 1, pictures(100, 30, 10, 5), packets(99, 200))])],
  ['no sound', layOutClip([section(100, 1, pictures(100, 20))])],
  [
    'sound that begins late and has holes',
    layOutClip([section(100, 2, pictures(100, 20), packets(100.5, 20))]),
  ],
  [
    'irregular pictures',
    layOutClip([section(5, 1.8, sampleRun({ startSeconds: 5, durations: [0.04, 0.5, 0.033, 1.2, 0.1] }))]),
  ],
  [
    'a gap and another size',
    layOutClip([
      section(100, 1, pictures(100, 10), packets(100, 50)),
      section(7, 1, { ...pictures(7, 10), track: OTHER_SIZE }, packets(7, 60, 900_000)),
    ]),
  ],
  [
    'more than 4 GiB',
    layOutClip([
      section(0, 5, sampleRun({ startSeconds: 0, durations: Array<number>(50).fill(0.1), sizeBytes: 100e6 })),
    ]),
  ],
];

describe('a movie header, read by mp4box.js', () => {
  it.each(CLIPS)('has every sample in its place: %s', (_, layout) => {
    const { movie, samples } = readWithMp4box(layout);
    const ours = readMovie(layout.head);
    expect(movie.duration / movie.timescale).toBeCloseTo(layout.durationSeconds, 4);
    expect(movie.isProgressive).toBe(true);
    expect(movie.isFragmented).toBe(false);
    expect(movie.tracks.map(({ type }) => type)).toEqual(ours.tracks.map(({ kind }) => kind));
    for (const [index, track] of ours.tracks.entries()) {
      const edits = movie.tracks[index]?.edits ?? [];
      expect(edits).toHaveLength(1);
      const from = edits[0]?.media_time ?? Number.NaN;
      const read = (samples[index] ?? []).map((sample) => ({
        presentedAt: (sample.cts - from) / sample.timescale,
        durationSeconds: sample.duration / sample.timescale,
        offset: sample.offset,
        sizeBytes: sample.size,
        isKey: sample.is_sync,
      }));
      expect(read).toEqual(track.samples);
    }
  });

  it('names codecs and sizes', () => {
    const { movie, samples } = readWithMp4box(CLIPS[4]?.[1] ?? layOutClip([]));
    expect(movie.tracks.map(({ codec }) => codec)).toEqual(['avc1.42c01f', 'Opus']);
    expect(movie.tracks[0]?.video).toEqual({ width: 1280, height: 720 });
    // The clip is as large as its largest picture.
    expect(movie.tracks[0]).toMatchObject({ track_width: 1920, track_height: 1080 });
    expect(movie.tracks[1]?.audio).toMatchObject({ sample_rate: 48_000, channel_count: 2 });
    // Each picture refers to the sample entry of its own size.
    expect(samples[0]?.map(({ description_index }) => description_index)).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(10).fill(1),
    ]);
  });
});
