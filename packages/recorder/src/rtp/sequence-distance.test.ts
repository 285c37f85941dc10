import { describe, expect, it } from 'vitest';
import { sequenceDistance } from './sequence-distance.ts';

describe('sequenceDistance', () => {
  it.each([
    [10, 12, 2],
    [12, 10, -2],
    [65535, 0, 1],
    [0, 65535, -1],
    [65536 * 3 + 5, 4, -1],
    [0, 32767, 32767],
    [0, 32768, -32768],
  ])('from %i to %i is %i', (reference, sequenceNumber, expected) => {
    expect(sequenceDistance(reference, sequenceNumber)).toBe(expected);
  });
});
