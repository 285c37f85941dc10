import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimestampUnwrapper } from './timestamp-unwrapper.ts';

describe('TimestampUnwrapper', () => {
  it.each([
    ['grows over the wrap', [4294967290, 4, 90004], [4294967290, 4294967300, 4295057300]],
    ['goes back over the wrap', [5, 4294967295, 6], [5, -1, 6]],
  ])('%s', (_, timestamps, expected) => {
    const unwrapper = new TimestampUnwrapper();
    expect(timestamps.map((timestamp) => unwrapper.unwrap(timestamp))).toEqual(expected);
  });

  it('follows any steps smaller than half of the range', () => {
    const steps = fc.array(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), { maxLength: 50 });
    fc.assert(
      fc.property(fc.nat(0xffffffff), steps, (first, offsets) => {
        const unwrapper = new TimestampUnwrapper();
        let expected = unwrapper.unwrap(first);
        for (const offset of offsets) {
          expected += offset;
          expect(unwrapper.unwrap(expected >>> 0)).toBe(expected);
        }
      }),
    );
  });

  it('peeks without moving the reference', () => {
    const unwrapper = new TimestampUnwrapper();
    unwrapper.unwrap(0x7fffffff);
    expect(unwrapper.peek(0xfffffffe)).toBe(0xfffffffe);
    expect(unwrapper.unwrap(0)).toBe(0);
  });
});
