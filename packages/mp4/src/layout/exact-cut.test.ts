import { createFile, MP4BoxBuffer } from 'mp4box';
import { describe, expect, it } from 'vitest';
import { readAvcConfig } from '../boxes/avc-config.ts';
import { cutVideo, planExactCut, planExactStart } from './exact-cut.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';
import { readMovie } from '../testing/read-movie.ts';
import { avcEntryWith, opusEntry } from '../testing/samples.ts';
import { layOutTracks } from './track-layout.ts';

const TIMESCALE = 90_000;
/**
 * The parameter sets of ENTRY have the id 0, as a browser's; those of HEAD_ENTRY have the id 1, as those that we encode.
 */
const ENTRY = avcEntryWith({ sps: 'da', pps: 'ce' });
const HEAD_ENTRY = avcEntryWith({ sps: '4a', pps: '4e' });
const WIDE_ENTRY = avcEntryWith({ sps: 'da', pps: 'ce', width: 1920 });

function video(pictures: Partial<FileSample>[], change: Partial<FileTrack> = {}): FileTrack {
  return {
    ...{ kind: 'video', timescale: TIMESCALE, codec: 'avc1', width: 1280, height: 720, presentedFrom: 0 },
    samples: pictures.map((picture, index) => ({
      ...{ path: '/clip.mp4', offset: 1000 + index * 100, sizeBytes: 100, sampleEntry: ENTRY },
      ...{ decodeTime: (index * TIMESCALE) / 10, compositionOffset: 0, isKey: index % 20 === 0 },
      ...picture,
    })),
    end: (pictures.length * TIMESCALE) / 10,
    ...change,
  };
}

/** The source has ten pictures a second and a keyframe every two seconds. */
const source = video(Array.from({ length: 60 }, () => ({})));
const range = (fromSeconds: number, toSeconds: number) => ({ fromSeconds, toSeconds });

describe('the plan of a cut', () => {
  it.each([
    ['between two pictures', 1.55, 4.05, { first: 15, copiedFrom: 20, end: 41 }],
    ['with a picture', 1.5, 4, { first: 15, copiedFrom: 20, end: 40 }],
    ['with a keyframe, so that nothing is encoded', 2, 4, { first: 20, copiedFrom: 20, end: 40 }],
    ['just after a keyframe', 2.01, 5, { first: 20, copiedFrom: 20, end: 50 }],
    ['and ends between two keyframes, so that all of it is encoded', 0.5, 1.5, { first: 5, copiedFrom: 15 }],
    ['where the pictures end', 5.5, 9, { first: 55, copiedFrom: 60, end: 60 }],
  ])('that begins %s', (_, from, to, cut) => {
    expect(planExactCut(source, range(from, to))).toMatchObject(cut);
  });

  it('begins with the first picture when the video has none at the start', () => {
    const late = video(source.samples.map((sample) => ({ ...sample, decodeTime: sample.decodeTime + 9000 })));
    expect(planExactCut(late, range(0, 2))).toMatchObject({ first: 0, copiedFrom: 0 });
  });

  it('says which profile and parameter set id the encoder must use', () => {
    expect(planExactCut(source, range(1, 3))?.coding).toEqual({ profile: 66, parameterSetId: 1 });
  });

  it.each([
    ['pictures are out of order', video([{}, { compositionOffset: 18_000 }, {}, {}, {}])],
    ['it is of another codec', video([{ sampleEntry: opusEntry() }, {}])],
    ['it is of a profile with more colours', video([{ sampleEntry: withProfile(122) }, {}])],
    ['there is no picture', video([])],
  ])('is none when %s', (_, track) => {
    expect(planExactCut(track, range(0, 3))).toBeNull();
  });

  it('is none when nothing is shown', () => {
    expect(planExactCut(source, range(1, 1))).toBeNull();
    expect(planExactCut(source, range(-2, -1))).toBeNull();
  });

  it('of the whole video exists only when a lead-in is hidden', () => {
    expect(planExactStart(source)).toBeNull();
    const hidden = { ...source, presentedFrom: TIMESCALE };
    expect(planExactStart(hidden)).toMatchObject({ from: 0, to: 5 * TIMESCALE, first: 10, copiedFrom: 20 });
  });
});

function withProfile(profile: number): Buffer {
  const entry = Buffer.from(ENTRY);
  entry[entry.indexOf('avcC') + 5] = profile;
  return entry;
}

describe('the pictures of a cut', () => {
  const cut = planExactCut(source, range(1.55, 4.05));
  /** An encoder would have made this of the five pictures before the keyframe. */
  const head = video(
    [0, 0.05, 0.15, 0.25, 0.35].map((seconds, index) => ({
      ...{ path: '/head.mp4', offset: index * 50, sizeBytes: 50, sampleEntry: HEAD_ENTRY },
      decodeTime: Math.round(seconds * TIMESCALE),
    })),
  );

  it('are the encoded and the copied ones, each at its time, under one sample entry', () => {
    if (cut === null) throw new Error('it can be cut');
    const track = cutVideo(source, cut, head);
    const layout = layOutTracks(track, []);
    expect(layout.durationSeconds).toBeCloseTo(2.5, 9);
    expect(layout.parts).toEqual([
      { path: '/head.mp4', offset: 0, length: 250 },
      { path: '/clip.mp4', offset: 3000, length: 2100 },
    ]);
    const [read] = readMovie(layout.head).tracks;
    const times = read?.samples.map(({ presentedAt }) => presentedAt) ?? [];
    expect(times).toHaveLength(26);
    for (const [index, at] of times.entries())
      expect(at).toBeCloseTo(index === 0 ? 0 : 0.05 + 0.1 * (index - 1), 4);
    expect(read?.samples.at(-1)?.durationSeconds).toBeCloseTo(0.05, 4);
    expect(read?.samples.flatMap(({ isKey }, index) => (isKey ? [index] : []))).toEqual([0, 5, 25]);
    const [entry, ...others] = new Set(track.samples.map(({ sampleEntry }) => sampleEntry));
    expect(others).toEqual([]);
    expect(readAvcConfig(entry ?? ENTRY)?.sps).toEqual(
      ['6742c01fda', '6742c01f4a'].map((sps) => Buffer.from(sps, 'hex')),
    );
  });

  it('are read by mp4box.js as they were laid out, with no edit that moves them', () => {
    if (cut === null) throw new Error('it can be cut');
    const { head: bytes } = layOutTracks(cutVideo(source, cut, head), []);
    const file = createFile();
    const movies: Parameters<NonNullable<typeof file.onReady>>[0][] = [];
    file.onReady = (movie) => movies.push(movie);
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(bytes).buffer, 0));
    const track = movies[0]?.tracks[0];
    expect(track?.edits).toMatchObject([{ media_time: 0 }]);
    const samples = file.getTrackSamplesInfo(track?.id ?? 0);
    expect(samples.map(({ description_index }) => description_index)).toEqual(Array<number>(26).fill(0));
    expect(samples.slice(0, 7).map(({ cts }) => cts)).toEqual([
      0, 4500, 13_500, 22_500, 31_500, 40_500, 49_500,
    ]);
    expect(samples[0]?.is_sync).toBe(true);
    expect(samples[0]?.description).toMatchObject({
      avcC: { SPS: [{ length: 5 }, { length: 5 }], PPS: [{ length: 2 }, { length: 2 }] },
    });
  });

  it('keep the sample entry of later pictures of another size', () => {
    const resized = video(
      source.samples.map((sample, index) => (index < 40 ? sample : { ...sample, sampleEntry: WIDE_ENTRY })),
      { width: 1920 },
    );
    const wide = planExactCut(resized, range(1.55, 5));
    if (wide === null) throw new Error('it can be cut');
    const entries = cutVideo(resized, wide, head).samples.map(({ sampleEntry }) => sampleEntry);
    expect(entries.at(-1)).toBe(WIDE_ENTRY);
    expect(new Set(entries).size).toBe(2);
    expect(cutVideo(resized, wide, head)).toMatchObject({ width: 1920, height: 720 });

    // When only the smaller pictures are left, players are told their size.
    const small = planExactCut(resized, range(1.55, 3.5));
    if (small === null) throw new Error('it can be cut');
    expect(cutVideo(resized, small, head)).toMatchObject({ width: 1280, height: 720 });
  });

  it('that begin with a keyframe are all copied from the source', () => {
    const exact = planExactCut({ ...source, presentedFrom: 2 * TIMESCALE }, range(0.04, 2));
    if (exact === null) throw new Error('it can be cut');
    const { samples, presentedFrom, end } = cutVideo(
      { ...source, presentedFrom: 2 * TIMESCALE },
      exact,
      null,
    );
    expect([presentedFrom, end]).toEqual([0, Math.round(1.96 * TIMESCALE)]);
    expect(samples.slice(0, 3).map(({ decodeTime }) => decodeTime)).toEqual([0, 5400, 14_400]);
    expect(new Set(samples.map(({ sampleEntry }) => sampleEntry))).toEqual(new Set([ENTRY]));
  });
});
