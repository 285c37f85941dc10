import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMovieTracks, trackOf, type FileTrack } from '../tables/movie-tracks.ts';
import { readMovie } from '../testing/read-movie.ts';
import { avcEntryWith, packets, pictures, VIDEO_TRACK } from '../testing/samples.ts';
import { layOutClip } from './clip-layout.ts';
import { planExactStart, shownAt, type ExactCut } from './exact-cut.ts';
import { decodedForHead, heardFromTheStart, layOutExactly } from './exact-movie.ts';

const ENTRY = avcEntryWith({ sps: 'da', pps: 'ce' });
const HEAD_ENTRY = avcEntryWith({ sps: '4a', pps: '4e' });
const START_MS = Date.UTC(2026, 10, 30);

let directory: string;
let movie: FileTrack[];
let video: FileTrack;
let cut: ExactCut;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-exact-movie-'));
  // Ten pictures a second, a keyframe each two seconds; the clip begins 1.5 s behind one.
  const run = { ...pictures(100, 60, 10, 20), track: { ...VIDEO_TRACK, sampleEntry: ENTRY } };
  const { head } = layOutClip([
    { segments: [{ runs: [run, packets(99, 400)] }], startSeconds: 101.5, durationSeconds: 4 },
  ]);
  const path = join(directory, 'clip.mp4');
  await writeFile(path, head);
  movie = await readMovieTracks(path);
  video = trackOf(movie, 'video');
  const planned = planExactStart(video);
  if (planned === null) throw new Error('the clip cannot be cut');
  cut = planned;
});
afterAll(() => rm(directory, { recursive: true }));

/** The five pictures before the next keyframe, as an encoder has made them anew. */
const encoded = (): FileTrack => ({
  ...video,
  samples: Array.from({ length: 5 }, (_, index) => ({
    ...{ path: '/head.mp4', offset: 50 + index * 10, sizeBytes: 10, sampleEntry: HEAD_ENTRY },
    ...{ decodeTime: index * 9000, compositionOffset: 0, isKey: index === 0 },
  })),
  ...{ presentedFrom: 0, end: 45_000 },
});

describe('what is decoded for the beginning of a clip', () => {
  it('reaches from the keyframe before it to the next one, at the same times', () => {
    const decoded = decodedForHead(video, cut);
    expect(decoded.samples).toHaveLength(20);
    expect(decoded.samples[0]).toMatchObject({ isKey: true, decodeTime: 0 });
    expect(decoded.samples.slice(1).some(({ isKey }) => isKey)).toBe(false);
    for (const [index, sample] of decoded.samples.entries())
      expect(shownAt(decoded, sample)).toBe(shownAt(video, video.samples[index] ?? sample));
    expect(decoded.end).toBe(video.samples[20]?.decodeTime);
  });

  it('begins with the newest keyframe when the start is behind several', () => {
    const later = { ...cut, first: 47, copiedFrom: 60 };
    const decoded = decodedForHead({ ...video, samples: [...video.samples, ...video.samples] }, later);
    expect(decoded.samples[0]).toMatchObject({ isKey: true, decodeTime: 0 });
    expect(decoded.samples).toHaveLength(20);
  });
});

describe('a clip that is laid out exactly', () => {
  it('has nothing before its start, and all else where it was', () => {
    const layout = layOutExactly(movie, cut, encoded(), START_MS);
    const { tracks } = readMovie(layout.head);
    for (const { samples } of tracks) expect(samples[0]?.presentedAt).toBe(0);
    const shown = tracks.find(({ kind }) => kind === 'video')?.samples ?? [];
    expect(shown.map(({ presentedAt }) => Math.round(presentedAt * 10))).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    );
    expect(shown.filter(({ isKey }) => isKey)).toHaveLength(3);
    expect(layout.durationSeconds).toBe(4);
    const parts = layout.parts.map((part) => ('path' in part ? part.path : ''));
    expect(parts[0]).toBe('/head.mp4');
    expect(parts.filter((path) => path === '/head.mp4')).toHaveLength(1);
    // What was hidden is read from nowhere.
    const stored = layout.parts.flatMap((part) =>
      'path' in part && part.path !== '/head.mp4' ? [part] : [],
    );
    for (const { offset } of video.samples.slice(0, 20))
      expect(stored.some((part) => offset >= part.offset && offset < part.offset + part.length)).toBe(false);
  });

  it('is heard from the packet on that is nearest to the start', () => {
    const sound = trackOf(movie, 'audio');
    expect(sound.presentedFrom).toBeGreaterThanOrEqual(3840);
    const heard = heardFromTheStart(sound);
    const firstAt = sound.samples.findIndex(({ offset }) => offset === heard.samples[0]?.offset);
    expect(Math.abs((sound.samples[firstAt]?.decodeTime ?? 0) - sound.presentedFrom)).toBeLessThanOrEqual(
      480,
    );
    expect(heard.samples).toHaveLength(sound.samples.length - firstAt);
    expect(heard.presentedFrom).toBe(0);
    expect(heard.end - (heard.samples.at(-1)?.decodeTime ?? 0)).toBe(
      sound.end - (sound.samples.at(-1)?.decodeTime ?? 0),
    );
    // A start in the second half of a packet leaves that packet out.
    const later = heardFromTheStart({ ...sound, presentedFrom: sound.presentedFrom + 700 });
    expect(later.samples).toHaveLength(heard.samples.length - 1);
  });
});
