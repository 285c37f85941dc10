import { mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Piece, Timeline } from '../buffer/piece.ts';
import { writePieces } from '../capture/testing/written-pieces.ts';
import { SegmentIndexes } from './segment-indexes.ts';

const FORTY_PICTURES_AND_200_PACKETS = [40, 200];

describe('indexes of segments', () => {
  let directory: string;
  let timeline: Timeline;
  let indexes: SegmentIndexes;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-indexes-'));
    timeline = await writePieces(directory, 0, 2);
    indexes = new SegmentIndexes();
  });
  afterEach(() => rm(directory, { recursive: true }));

  function piece(): Piece {
    const first = timeline[0];
    if (first === undefined) throw new Error('two pieces were written');
    return first;
  }

  function read({ path, initPath, sizeBytes }: Piece) {
    const tracks = indexes.tracksOf(initPath ?? '');
    return indexes.indexOf(path, sizeBytes, tracks);
  }

  it('are read once, as long as the files stay as they are', () => {
    expect(indexes.has(piece().path, piece().sizeBytes)).toBe(false);
    const first = read(piece());
    expect(first.runs.map(({ sizes }) => sizes.length)).toEqual(FORTY_PICTURES_AND_200_PACKETS);
    expect(read(piece())).toBe(first);
    expect(indexes.has(piece().path, piece().sizeBytes)).toBe(true);
  });

  it('are read again when the segment has changed, as when it was cut', async () => {
    const first = read(piece());
    await truncate(piece().path, piece().sizeBytes - 1);
    expect(() => read(piece())).toThrow('bytes');
    await rm(piece().path);
    expect(() => read(piece())).toThrow('ENOENT');
    timeline = await writePieces(directory, 0, 2);
    expect(read(piece())).not.toBe(first);
    expect(read(piece())).toEqual(first);
  });

  it('are read again when more of an open segment is meant', async () => {
    const { path, sizeBytes } = piece();
    const whole = read(piece());
    await writeFile(path, Buffer.concat([await readFile(path), await readFile(timeline[1]?.path ?? '')]));
    const longer = read({ ...piece(), sizeBytes: sizeBytes * 2 });
    expect(longer.runs).toHaveLength(2 * whole.runs.length);
    expect(indexes.has(path, sizeBytes)).toBe(false);
    expect(read(piece())).toEqual(whole);
  });

  it('are read again when what the init segment says may be another', async () => {
    const first = read(piece());
    const initPath = piece().initPath ?? '';
    await utimes(initPath, 1, 1);
    expect(read(piece())).not.toBe(first);
    await writeFile(initPath, 'nothing');
    expect(() => read(piece())).toThrow(initPath);
  });
});
