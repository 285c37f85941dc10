import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLayout, type LayoutBytes } from './layout-reader.ts';

describe('reading a layout', () => {
  let directory: string;
  let layout: LayoutBytes;
  let whole: Buffer;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-layout-'));
    const [a, b] = [join(directory, 'a'), join(directory, 'b')];
    // This is more than is read at a time.
    const bytesA = Buffer.from(Array.from({ length: 600_000 }, (_, index) => index % 251));
    const bytesB = Buffer.from('0123456789');
    await writeFile(a, bytesA);
    await writeFile(b, bytesB);
    const head = Buffer.from('head');
    const between = Buffer.from('between');
    layout = {
      head,
      parts: [
        { path: a, offset: 7, length: 599_000 },
        { bytes: between },
        { path: b, offset: 2, length: 1 },
        { path: a, offset: 0, length: 5 },
        { path: b, offset: 0, length: 10 },
      ],
    };
    whole = Buffer.concat([
      head,
      bytesA.subarray(7, 599_007),
      between,
      bytesB.subarray(2, 3),
      bytesA.subarray(0, 5),
      bytesB,
    ]);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('returns any range of it, byte for byte', async () => {
    const position = fc.oneof(
      fc.integer({ min: 0, max: whole.length - 1 }),
      // These positions are around the borders between parts.
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: whole.length - 30, max: whole.length - 1 }),
    );
    await fc.assert(
      fc.asyncProperty(position, position, async (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const read = await buffer(readLayout(layout, { start, end }));
        expect(read.equals(whole.subarray(start, end + 1))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('says which file is gone, or shorter than it was', async () => {
    const gone = { head: Buffer.alloc(1), parts: [{ path: join(directory, 'c'), offset: 0, length: 1 }] };
    await expect(buffer(readLayout(gone, { start: 0, end: 1 }))).rejects.toMatchObject({ code: 'ENOENT' });
    const short = { head: Buffer.alloc(1), parts: [{ path: join(directory, 'b'), offset: 5, length: 6 }] };
    await expect(buffer(readLayout(short, { start: 0, end: 6 }))).rejects.toThrow('is shorter than it was');
  });
});
