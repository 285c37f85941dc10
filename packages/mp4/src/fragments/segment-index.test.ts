import { initSegment } from './init-segment.ts';
import { BrokenSegmentError, readInitTracks } from './init-tracks.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fragment, type Sample } from './fragment-writer.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexSegment, trackSpan } from './segment-index.ts';
import { indexOf } from '../testing/samples.ts';

const VIDEO = {
  width: 1280,
  height: 720,
  sampleEntry: 'avc1',
  configBox: Buffer.from('\0\0\0\x0cavcC\x01\x42\0\x1f', 'latin1'),
} as const;

function samples(decodeTime: number, duration: number, sizes: readonly number[]): Sample[] {
  return sizes.map((sizeBytes, index) => ({
    decodeTime: decodeTime + index * duration,
    duration,
    isKey: index === 0,
    chunks: [Buffer.alloc(sizeBytes, index + 1)],
    sizeBytes,
  }));
}

/** Builds an open segment of two fragments, each with ten pictures and fifty packets, as the recorder writes them. */
function segment(): Buffer {
  const pictureSizes = Array.from({ length: 10 }, (_, index) => 200 + index);
  const packetSizes = Array.from({ length: 50 }, () => 80);
  const one = (second: number) =>
    fragment(
      second + 1,
      samples(second * 90_000, 9000, pictureSizes),
      samples(second * 48_000, 960, packetSizes),
    );
  return Buffer.concat([...one(4).chunks, ...one(5).chunks]);
}

/** Builds the same segment after it was closed, with its index box at the end. */
function closedSegment(): Buffer {
  const bytes = segment();
  return Buffer.concat([bytes, indexOf(bytes)]);
}

describe('the samples of a segment', () => {
  let directory: string;
  let init: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-samples-'));
    init = join(directory, 'init.mp4');
    await writeFile(init, initSegment(VIDEO, true));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function indexed(bytes: Buffer, sizeBytes = bytes.length) {
    const path = join(directory, 'seg.m4s');
    await writeFile(path, bytes);
    return indexSegment(path, sizeBytes, await readInitTracks(init));
  }

  it('are found where they lie and when they are shown', async () => {
    const bytes = segment();
    const { runs } = await indexed(bytes);
    expect(runs.map(({ track, sizes }) => [track.kind, sizes.length])).toEqual([
      ['video', 10],
      ['audio', 50],
      ['video', 10],
      ['audio', 50],
    ]);
    const third = runs[2];
    expect(third?.decodeTime).toBe(5 * 90_000);
    expect([...(third?.isKey ?? [])]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // The first and the last byte of a picture lie where the index says.
    const at = third?.offset ?? 0;
    expect(bytes[at]).toBe(1);
    expect(bytes[at + 200]).toBe(2);
    const index = { runs };
    expect(trackSpan(index, 'video')).toEqual({ startSeconds: 4, endSeconds: 6, sampleCount: 20 });
    expect(trackSpan(index, 'audio')).toEqual({ startSeconds: 4, endSeconds: 6, sampleCount: 100 });
  });

  it('of an open segment are those in the bytes that count', async () => {
    const bytes = segment();
    const whole = bytes.indexOf('moof', 100) - 4;
    const { runs } = await indexed(bytes, whole);
    expect(runs).toHaveLength(2);
  });

  it('of a closed segment are read from its index box, with the same result as without', async () => {
    const [open, closed] = [segment(), closedSegment()];
    const expected = await indexed(open);
    expect(await indexed(closed)).toEqual(expected);
    // Nothing but the index box is read: the fragments themselves may be gone.
    expect(await indexed(Buffer.concat([Buffer.alloc(open.length), closed.subarray(open.length)]))).toEqual(
      expected,
    );
    // The bytes that the playlist listed while it was open have no index box.
    expect(await indexed(closed, open.length)).toEqual(expected);
  });

  it('are the right ones or an error, however the index box is damaged', async () => {
    const [open, closed] = [segment(), closedSegment()];
    const expected = await indexed(open);
    const place = fc.integer({ min: open.length, max: closed.length - 1 });
    let found = 0;
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, change, isCut) => {
        const damaged = Buffer.from(isCut ? closed.subarray(0, at) : closed);
        if (!isCut) damaged[at] = (damaged[at] ?? 0) ^ change;
        try {
          expect(await indexed(damaged)).toEqual(expected);
          found++;
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenSegmentError);
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it.each([-1, -100, -5000])('are an error when the file lacks %i bytes', async (missing) => {
    const bytes = segment();
    await expect(indexed(bytes.subarray(0, bytes.length + missing))).rejects.toThrow(BrokenSegmentError);
    await expect(indexed(bytes.subarray(0, bytes.length + missing), bytes.length)).rejects.toThrow(
      BrokenSegmentError,
    );
  });

  it.each([
    ['an open', segment()],
    ['a closed', closedSegment()],
  ])('never lie outside the file of %s segment, however it is damaged', async (_, bytes) => {
    const damage = fc.array(
      fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0xff), fc.nat(255))),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(bytes.length), async (changes, cut) => {
        const broken = Buffer.from(bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut : 0)));
        for (const [at, value] of changes) if (at < broken.length) broken[at] = value;
        try {
          const { runs } = await indexed(broken);
          for (const run of runs) {
            const size = run.sizes.reduce((sum, one) => sum + one, 0);
            expect(run.offset).toBeGreaterThanOrEqual(0);
            expect(run.offset + size).toBeLessThanOrEqual(broken.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenSegmentError);
        }
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 150) },
    );
  });

  it('have usable tracks even from a damaged init segment, or it is refused', async () => {
    const bytes = initSegment(VIDEO, true);
    const path = join(directory, 'broken-init.mp4');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.nat(255),
        fc.nat(bytes.length),
        async (at, value, cut) => {
          const broken = Buffer.from(bytes.subarray(0, cut % 2 === 0 ? bytes.length : cut));
          if (at < broken.length) broken[at] = value;
          await writeFile(path, broken);
          try {
            for (const track of await readInitTracks(path)) expect(track.timescale).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(BrokenSegmentError);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
