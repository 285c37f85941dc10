import { describe, expect, it } from 'vitest';
import { snapToPacket } from './snap-to-packet.ts';

describe('the start of a clip', () => {
  it.each([
    [6.53, 4, 4, 6.54],
    [6.529, 4, 4, 6.52],
    [6.5, 4.007, 4, 6.507],
    [4, 3.993, 4, 4.013],
    [4, 4.005, 4, 4.005],
  ])(
    'of %f s with sound from %f s and pictures from %f s is at %f s',
    (seconds, audioStart, videoStart, start) => {
      expect(snapToPacket(seconds, audioStart, videoStart)).toBeCloseTo(start, 6);
    },
  );

  it('is exact without sound', () => {
    expect(snapToPacket(6.5371, undefined, 4)).toBe(6.5371);
  });
});
