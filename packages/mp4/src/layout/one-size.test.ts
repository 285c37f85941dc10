import { describe, expect, it } from 'vitest';
import { freeParameterSetId, readAvcConfig } from '../boxes/avc-config.ts';
import { box } from '../boxes/box-writer.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';
import { avcEntry } from '../testing/samples.ts';
import { firstPieceOfOtherSize, pieceAlone, withPiece } from './one-size.ts';

const TICKS = 9000;
/** In these bytes of parameter sets, the first bits say their id. */
const SETS_OF_ID = [
  ['da', 'ce'],
  ['4a', '4e'],
  ['6a', '6e'],
] as const;

function entryOf(width: number, height: number, id = 0): Buffer {
  const [sps, pps] = SETS_OF_ID[id] ?? SETS_OF_ID[0];
  const avcC = Buffer.from(`0142c01fffe100056742c01f${sps}01000268${pps}`, 'hex');
  return box('avc1', avcEntry(width, height).subarray(8, 86), box('avcC', avcC));
}

const LARGE = entryOf(1920, 1080);
const SMALL = entryOf(1280, 720);

/** Builds a video of ten pictures a second, whose sample entries change as given, each with five pictures. */
function video(...entries: Buffer[]): FileTrack {
  const samples = entries.flatMap((sampleEntry, piece) =>
    Array.from({ length: 5 }, (_, index): FileSample => ({
      ...{ path: '/clip.mp4', offset: (piece * 5 + index) * 100, sizeBytes: 100, sampleEntry },
      ...{ decodeTime: (piece * 5 + index) * TICKS, compositionOffset: 0, isKey: index === 0 },
    })),
  );
  return {
    ...{ kind: 'video', timescale: 90_000, codec: 'avc1', width: 1920, height: 1080, presentedFrom: 0 },
    ...{ samples, end: samples.length * TICKS },
  };
}

/** Returns what an encoder makes of a piece. */
function encoded(piece: FileTrack, id: number): FileTrack {
  const sampleEntry = entryOf(1920, 1080, id);
  return {
    ...piece,
    samples: piece.samples.map((sample) => ({ ...sample, path: `/${id}.mp4`, sampleEntry })),
  };
}

describe('a piece of another size', () => {
  it('is found by its sample entry, between those of the video’s size', () => {
    expect(firstPieceOfOtherSize(video(LARGE, SMALL, SMALL, LARGE))).toMatchObject({ first: 5, end: 15 });
    expect(firstPieceOfOtherSize(video(SMALL, LARGE))).toMatchObject({ first: 0, end: 5 });
    expect(firstPieceOfOtherSize(video(LARGE, SMALL))).toMatchObject({ first: 5, end: 10 });
  });

  it('is none where all have one size, or nothing else can be', () => {
    expect(firstPieceOfOtherSize(video(LARGE, LARGE))).toBeNull();
    expect(firstPieceOfOtherSize(video(SMALL))).toBeNull();
    const { samples, ...track } = video(LARGE, SMALL);
    const changed = (index: number, change: Partial<FileSample>) =>
      firstPieceOfOtherSize({
        ...track,
        samples: samples.map((sample, at) => (at === index ? { ...sample, ...change } : sample)),
      });
    expect(changed(5, {})).not.toBeNull();
    expect(changed(5, { isKey: false })).toBeNull();
    expect(changed(2, { compositionOffset: 3 * TICKS })).toBeNull();
    expect(changed(0, { sampleEntry: avcEntry(1920, 1080) })).toBeNull();
  });

  it('begins at 0 by itself, and lasts as long as in the video', () => {
    const whole = video(LARGE, SMALL, LARGE);
    const alone = pieceAlone(whole, { first: 5, end: 10, coding: { profile: 66, parameterSetId: 1 } });
    expect(alone.samples.map(({ decodeTime }) => decodeTime)).toEqual([0, 1, 2, 3, 4].map((n) => n * TICKS));
    expect(alone).toMatchObject({ presentedFrom: 0, end: 5 * TICKS });
    expect(alone.samples[0]?.offset).toBe(500);
  });

  it('comes back in its place, with parameter sets of its own in the one sample entry of all', () => {
    const before = video(SMALL, LARGE, SMALL, LARGE);
    let whole = before;
    for (const id of [1, 2]) {
      const piece = firstPieceOfOtherSize(whole);
      if (piece === null) throw new Error('there are two');
      expect(piece.coding).toEqual({ profile: 66, parameterSetId: id });
      whole = withPiece(whole, piece, encoded(pieceAlone(whole, piece), id));
    }
    expect(firstPieceOfOtherSize(whole)).toBeNull();
    const [entry = LARGE, ...others] = new Set(whole.samples.map(({ sampleEntry }) => sampleEntry));
    for (const other of others) expect(other.equals(entry)).toBe(true);
    const config = readAvcConfig(entry);
    expect(config?.sps).toHaveLength(3);
    expect(config === null ? 0 : freeParameterSetId(config)).toBe(3);
    const times = ({ samples }: FileTrack) => samples.map(({ decodeTime }) => decodeTime);
    expect(times(whole)).toEqual(times(before));
    expect(whole.samples.map(({ path }) => path)).toEqual(
      ['/1.mp4', '/clip.mp4', '/2.mp4', '/clip.mp4'].flatMap((path) => Array<string>(5).fill(path)),
    );
    expect(whole.samples.filter(({ path }) => path === '/clip.mp4')).toHaveLength(10);
  });

  it('without a picture is refused', () => {
    const whole = video(LARGE, SMALL);
    const piece = { first: 5, end: 10, coding: { profile: 66, parameterSetId: 1 } };
    expect(() => withPiece(whole, piece, { ...whole, samples: [] })).toThrow(RangeError);
  });
});
