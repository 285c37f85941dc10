import { describe, expect, it } from 'vitest';
import { readMovie } from '../testing/read-movie.ts';
import { packets, pictures } from '../testing/samples.ts';
import { layOutClip, layOutMixedClip, type LayoutSection } from './clip-layout.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';

const FORMAT = { packetBytes: 320, packetsPerChunk: 100, chunkPath: (chunk: number) => `/mix/${chunk}` };

const section = (startSeconds: number, durationSeconds: number, ...runs: SampleRun[]): LayoutSection => ({
  segments: [{ runs }],
  startSeconds,
  durationSeconds,
});
/** Ten runs of a second, as fragments of a recording have them. */
const tenSeconds = (from: number) => Array.from({ length: 10 }, (_, second) => pictures(from + second, 10));

function layOut(...sections: LayoutSection[]) {
  const layout = layOutMixedClip(sections, null, FORMAT);
  const movie = readMovie(layout.head);
  const [video, audio] = ['video', 'audio'].map((wanted) => movie.tracks.find(({ kind }) => kind === wanted));
  if (video === undefined || audio === undefined) throw new Error('a clip has both');
  return { layout, movie, video, audio };
}

describe('a clip with mixed sound', () => {
  it('has packets of one size from its beginning to its end, without a hole', () => {
    const { layout, movie, video, audio } = layOut(section(102.5, 7, ...tenSeconds(100)));
    expect(movie.durationSeconds).toBeCloseTo(7);
    expect(new Set(audio.samples.map(({ sizeBytes }) => sizeBytes))).toEqual(new Set([320]));
    for (const [index, { presentedAt, durationSeconds }] of audio.samples.entries())
      expect(audio.samples[index + 1]?.presentedAt ?? presentedAt + 0.02).toBeCloseTo(
        presentedAt + durationSeconds,
        5,
      );
    // The decoder settles before the start, and both tracks begin together.
    expect(audio.samples[0]?.presentedAt).toBeCloseTo(-0.08, 3);
    expect(video.samples[0]?.presentedAt).toBeCloseTo(-0.08, 3);
    const last = audio.samples.at(-1);
    expect((last?.presentedAt ?? 0) + (last?.durationSeconds ?? 0)).toBeGreaterThanOrEqual(7 - 1e-6);
    expect(layout.mixed.packetCount).toBe(audio.samples.length);
  });

  it('reads each packet from the chunk it will be in, right behind the pictures of its time', () => {
    const { layout, audio } = layOut(section(100, 9.9, ...tenSeconds(100)));
    const ranges = layout.parts.flatMap((part) => ('path' in part ? [part] : []));
    const mixed = ranges.filter(({ path }) => path.startsWith('/mix/'));
    const packetsOf = mixed.flatMap(({ path, offset, length }) =>
      Array.from(
        { length: length / 320 },
        (_, index) => 100 * Number(path.slice('/mix/'.length)) + offset / 320 + index,
      ),
    );
    expect(packetsOf).toEqual(audio.samples.map((_, index) => index));
    const sizeOfPictures = 10 * 100;
    // At no place has a player to read more than a second of pictures to get to the sound of the same time.
    for (const part of ranges)
      if (!part.path.startsWith('/mix/')) expect(part.length).toBeLessThanOrEqual(sizeOfPictures);
  });

  it('says which time of each section is heard at which time of the mix', () => {
    const { layout } = layOut(section(102.5, 2, ...tenSeconds(100)), section(7, 1, pictures(7, 10)));
    const [first, second] = layout.mixed.sections;
    expect(first).toMatchObject({ fromSeconds: 0 });
    expect(102.5 + (first?.shiftSeconds ?? 0)).toBeCloseTo(0.08, 4);
    expect(first?.toSeconds).toBeCloseTo(2.08, 4);
    expect(second?.fromSeconds).toBeCloseTo(2.08, 4);
    expect(7 + (second?.shiftSeconds ?? 0)).toBeCloseTo(2.08, 4);
    expect(second?.toSeconds).toBeCloseTo(3.08, 4);
  });

  it('shows the same pictures at the same times as one with the sound of the share', () => {
    const recorded = section(100.5, 3, ...tenSeconds(100), packets(99, 600));
    const mixed = layOut(recorded).video.samples;
    const own = readMovie(layOutClip([recorded]).head).tracks.find(({ kind }) => kind === 'video')?.samples;
    const times = (samples: typeof mixed = []) =>
      samples
        .filter(({ presentedAt }) => presentedAt > 0.001)
        .map(({ presentedAt }) => presentedAt.toFixed(4));
    expect(times(mixed)).toEqual(times(own));
    expect(times(mixed)).toHaveLength(29);
  });
});
