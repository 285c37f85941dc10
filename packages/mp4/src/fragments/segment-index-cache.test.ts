import { mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSegments, type WrittenSegment } from '../testing/written-segments.ts';
import { SegmentIndexCache } from './segment-index-cache.ts';

const FORTY_PICTURES_AND_200_PACKETS = [40, 200];

describe('indexes of segments', () => {
  let directory: string;
  let segments: WrittenSegment[];
  let indexes: SegmentIndexCache;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-indexes-'));
    segments = await writeSegments(directory, 2);
    indexes = new SegmentIndexCache();
  });
  afterEach(() => rm(directory, { recursive: true }));

  function segment(): WrittenSegment {
    const first = segments[0];
    if (first === undefined) throw new Error('two segments were written');
    return first;
  }

  function read({ path, initPath, sizeBytes }: WrittenSegment) {
    const tracks = indexes.tracksOf(initPath);
    return indexes.indexOf(path, sizeBytes, tracks);
  }

  it('are read once, as long as the files stay as they are', () => {
    expect(indexes.has(segment().path, segment().sizeBytes)).toBe(false);
    const first = read(segment());
    expect(first.runs.map(({ sizes }) => sizes.length)).toEqual(FORTY_PICTURES_AND_200_PACKETS);
    expect(read(segment())).toBe(first);
    expect(indexes.has(segment().path, segment().sizeBytes)).toBe(true);
  });

  it('are read again when the segment has changed, as when it was cut', async () => {
    const first = read(segment());
    await truncate(segment().path, segment().sizeBytes - 1);
    expect(() => read(segment())).toThrow('bytes');
    await rm(segment().path);
    expect(() => read(segment())).toThrow('ENOENT');
    segments = await writeSegments(directory, 2);
    expect(read(segment())).not.toBe(first);
    expect(read(segment())).toEqual(first);
  });

  it('are read again when more of an open segment is asked for', async () => {
    const { path, sizeBytes } = segment();
    const whole = read(segment());
    await writeFile(path, Buffer.concat([await readFile(path), await readFile(segments[1]?.path ?? '')]));
    const longer = read({ ...segment(), sizeBytes: sizeBytes * 2 });
    expect(longer.runs).toHaveLength(2 * whole.runs.length);
    expect(indexes.has(path, sizeBytes)).toBe(false);
    expect(read(segment())).toEqual(whole);
  });

  it('are read again when the init segment has changed', async () => {
    const first = read(segment());
    const { initPath } = segment();
    await utimes(initPath, 1, 1);
    expect(read(segment())).not.toBe(first);
    await writeFile(initPath, 'nothing');
    expect(() => read(segment())).toThrow(initPath);
  });
});
