import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import { readMovieTracks, trackOf, type FileTrack } from '../tables/movie-tracks.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { replaceSound, hiddenSeconds } from './replace-sound.ts';
import { readMovie, type ReadSample } from '../testing/read-movie.ts';
import { avcEntry, packets, pictures, VIDEO_TRACK } from '../testing/samples.ts';
import { layOutTracks } from './track-layout.ts';

const section = (startSeconds: number, durationSeconds: number, ...runs: SampleRun[]): LayoutSection => ({
  segments: [{ runs }],
  startSeconds,
  durationSeconds,
});
const OTHER_SIZE = { ...VIDEO_TRACK, width: 1920, height: 1080, sampleEntry: avcEntry(1920, 1080) };

/** The clip has two picture sizes, sound with a hole, and a hidden lead-in. */
const clip = layOutClip([
  section(100.57, 3, pictures(100, 40, 10, 8), packets(99, 120)),
  section(7, 2, { ...pictures(7, 20), track: OTHER_SIZE }, packets(7, 60, 900_000)),
]);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-tracks-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Reads a clip back from a file that has nothing but its header. */
async function readBack({ head }: Pick<ClipLayout, 'head'>, name = 'clip.mp4'): Promise<FileTrack[]> {
  const path = join(directory, name);
  await writeFile(path, head);
  return readMovieTracks(path);
}

const samplesOf = ({ head }: ClipLayout, kind: FileTrack['kind']): ReadSample[] =>
  readMovie(head).tracks.find((track) => track.kind === kind)?.samples ?? [];

const LOST: ReadSample = { presentedAt: 0, durationSeconds: 0, offset: 0, sizeBytes: 0, isKey: false };

/** Returns the offset in its file that a sample of a layout comes from; null for bytes that lie in no file. */
function origin({ head, parts }: ClipLayout, { offset }: ReadSample): number | null {
  let at = head.length;
  for (const part of parts) {
    const length = 'bytes' in part ? part.bytes.length : part.length;
    if (offset < at + length) return 'bytes' in part ? null : part.offset + offset - at;
    at += length;
  }
  throw new Error('past the end');
}

describe('tracks of finished clips', () => {
  it('are read as they were laid out', async () => {
    const tracks = await readBack(clip);
    expect(tracks.map(({ kind, codec }) => [kind, codec])).toEqual([
      ['video', 'avc1'],
      ['audio', 'Opus'],
    ]);
    expect(trackOf(tracks, 'video')).toMatchObject({ width: 1920, height: 1080, timescale: 90_000 });
    for (const { kind, samples, presentedFrom, timescale } of tracks)
      expect(
        samples.map(({ decodeTime, compositionOffset, offset, sizeBytes, isKey }) => ({
          ...{ offset, sizeBytes, isKey },
          presentedAt: (decodeTime + compositionOffset - presentedFrom) / timescale,
        })),
      ).toEqual(
        samplesOf(clip, kind).map(({ presentedAt, offset, sizeBytes, isKey }) => ({
          ...{ presentedAt, offset, sizeBytes, isKey },
        })),
      );
    const entries = trackOf(tracks, 'video').samples.map(({ sampleEntry }) => sampleEntry);
    expect(entries[0]).toEqual(avcEntry(1280, 720));
    expect(entries.at(-1)).toEqual(avcEntry(1920, 1080));
  });

  it('are laid out again with the same samples, times and places', async () => {
    const tracks = await readBack(clip);
    const copy = layOutTracks(trackOf(tracks, 'video'), [trackOf(tracks, 'audio')]);
    expect(copy.durationSeconds).toBeCloseTo(clip.durationSeconds, 6);
    for (const kind of ['video', 'audio'] as const) {
      const copied = samplesOf(copy, kind);
      expect(copied.map((sample) => origin(copy, sample))).toEqual(
        samplesOf(clip, kind).map(({ offset }) => offset),
      );
      expect(copied.map((sample) => ({ ...sample, offset: 0 }))).toEqual(
        samplesOf(clip, kind).map((sample) => ({ ...sample, offset: 0 })),
      );
    }
    // Sound is never more than a chunk away from the picture that it belongs to.
    const video = samplesOf(copy, 'video');
    for (const sound of samplesOf(copy, 'audio')) {
      const beside = video.findLast(({ offset }) => offset < sound.offset);
      expect(Math.abs((beside?.presentedAt ?? 9) - sound.presentedAt)).toBeLessThan(1.1);
    }
  });

  it('are laid out with as many sounds as there are, of which players play the first, each by its name', async () => {
    const [video, sound] = await readBack(clip);
    if (video === undefined || sound === undefined) throw new Error('the clip has both');
    const names = ['Mix', 'Share', 'Zoë'];
    const layout = layOutTracks(
      video,
      names.map((name) => ({ ...sound, name })),
    );
    const read = await readBack(layout);
    expect(read.map(({ name }) => name)).toEqual([undefined, ...names]);
    for (const track of read.slice(1))
      expect(track).toMatchObject({ presentedFrom: sound.presentedFrom, end: sound.end });
    const isEnabled = [...layout.head.toString('latin1').matchAll(/tkhd.(...)/gs)].map(
      ([, flags]) => (flags?.codePointAt(2) ?? 0) & 1,
    );
    expect(isEnabled).toEqual([1, 1, 0, 0]);
  });

  it('get other sound that is in sync with the pictures, also in players without edit lists', async () => {
    const movie = await readBack(clip);
    const video = trackOf(movie, 'video');
    const hidden = hiddenSeconds(video);
    expect(hidden).toBeGreaterThan(0.08);
    // An encoder writes a priming packet, then as much silence as the video hides.
    const encoded = await readBack(
      layOutClip([section(0, hidden + 5, pictures(0, 1, 0.1), packets(0, 300))]),
      'sound.mp4',
    );
    const sound = { ...trackOf(encoded, 'audio'), codec: 'mp4a', presentedFrom: 960 };
    const exchanged = replaceSound(video, [sound]);
    const heard = samplesOf(exchanged, 'audio');
    expect(heard[0]?.presentedAt).toBeCloseTo(-hidden, 4);
    expect(origin(exchanged, heard[0] ?? LOST)).toBe(sound.samples[1]?.offset);
    expect(heard[0]?.presentedAt).toBeCloseTo(samplesOf(exchanged, 'video')[0]?.presentedAt ?? 0, 3);

    const plain = await readBack(layOutClip([section(100, 3, pictures(100, 30))]), 'plain.mp4');
    expect(samplesOf(replaceSound(trackOf(plain, 'video'), [sound]), 'audio')[0]?.presentedAt).toBeCloseTo(
      -0.02,
    );
  });

  it('of a file whose moov claims to have gigabytes are an error', async () => {
    const head = Buffer.from(clip.head);
    head.writeUInt32BE(0xf000_0000, head.indexOf('moov') - 4);
    await expect(readBack({ head }, 'huge.mp4')).rejects.toMatchObject({ name: 'BrokenMovieError' });
  });

  it('of damaged files are an error, or shorter, and never endless', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(clip.head.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (damage) => {
          const head = Buffer.from(clip.head);
          for (const [at, value] of damage) head[at] = value;
          await readBack({ head }, 'damaged.mp4').catch((error: unknown) =>
            expect(error).toMatchObject({ name: 'BrokenMovieError' }),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
