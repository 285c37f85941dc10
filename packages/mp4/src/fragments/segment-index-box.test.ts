import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { box, uint32 } from '../boxes/box-writer.ts';
import {
  parseSegmentIndex,
  segmentIndexBox,
  segmentIndexBytes,
  type IndexedFragment,
} from './segment-index-box.ts';

const FRAGMENTS: IndexedFragment[] = [0, 70_000, 3_000_000_000].map((position, index) => ({
  position,
  moof: box('moof', Buffer.alloc(40 * (index + 1), index + 1)),
}));

describe('the index at the end of a segment', () => {
  it('is found from the end and lists the fragments with their positions', () => {
    const index = segmentIndexBox(FRAGMENTS);
    const segment = Buffer.concat([Buffer.alloc(500, 7), index]);
    expect(segmentIndexBytes(segment, segment.length)).toBe(index.length);
    expect(parseSegmentIndex(segment.subarray(-index.length))).toEqual(FRAGMENTS);
    // The last few bytes are enough to know how much of the end is needed.
    expect(segmentIndexBytes(segment.subarray(-100), segment.length)).toBe(index.length);
  });

  it('is a box that players skip', () => {
    const index = segmentIndexBox(FRAGMENTS);
    expect(index.readUInt32BE(0)).toBe(index.length);
    expect(index.toString('latin1', 4, 8)).toBe('uuid');
  });

  it('may be empty', () => {
    expect(parseSegmentIndex(segmentIndexBox([]))).toEqual([]);
  });

  it('is not found where a segment ends with something else', () => {
    const media = Buffer.concat([box('moof', Buffer.alloc(30)), box('mdat', Buffer.alloc(300, 1))]);
    expect(segmentIndexBytes(media, media.length)).toBeNull();
    expect(segmentIndexBytes(Buffer.alloc(3), 3)).toBeNull();
    // This is somebody else's box, whose end looks like an index.
    const foreign = box('uuid', Buffer.alloc(16, 1), uint32(0, 32 + 8));
    expect(parseSegmentIndex(foreign)).toBeNull();
    // This index claims more bytes than the segment has.
    expect(segmentIndexBytes(segmentIndexBox(FRAGMENTS), 50)).toBeNull();
  });

  it('is refused when any byte of it is damaged', () => {
    const index = segmentIndexBox(FRAGMENTS);
    fc.assert(
      fc.property(fc.nat(index.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(index);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(parseSegmentIndex(damaged)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it is cut off', () => {
    const index = segmentIndexBox(FRAGMENTS);
    for (let length = 0; length < index.length; length++)
      expect(parseSegmentIndex(index.subarray(0, length))).toBeNull();
  });
});
