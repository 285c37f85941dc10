import { MINUTE, SECOND } from '@hindsight/shared/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSmallCopy, SMALL_COPY_MAX_BYTES } from './small-copy-args.ts';

const FULL_HD = { width: 1920, height: 1080 };

describe('the plan of a small copy', () => {
  it.each([
    [1, { width: 1920, height: 1080 }],
    [3, { width: 1280, height: 720 }],
    [5, { width: 1280, height: 720 }],
    [10, { width: 854, height: 480 }],
    [60, { width: 320, height: 180 }],
  ])('of %d min in full HD has pictures that the rate suffices for', (minutes, size) => {
    expect(planSmallCopy({ ...FULL_HD, durationMs: minutes * MINUTE })).toMatchObject(size);
  });

  it('never makes pictures larger than they are, and keeps their shape', () => {
    const upright = { width: 406, height: 720, durationMs: 10 * SECOND };
    expect(planSmallCopy(upright)).toMatchObject({ width: 406, height: 720 });
    const small = { width: 321, height: 175, durationMs: 10 * SECOND };
    expect(planSmallCopy(small)).toMatchObject({ width: 322, height: 176 });
    const wide = { width: 3440, height: 1440, durationMs: 10 * SECOND };
    expect(planSmallCopy(wide)).toMatchObject({ width: 2580, height: 1080 });
  });

  it('leaves room for the sound, for the buffer of the rate control, and for the index', () => {
    const clip = fc.record({
      width: fc.integer({ min: 16, max: 4096 }),
      height: fc.integer({ min: 16, max: 2304 }),
      durationMs: fc.integer({ min: SECOND, max: 30 * MINUTE }),
    });
    fc.assert(
      fc.property(clip, ({ width, height, durationMs }) => {
        const { videoBitrateBps } = planSmallCopy({ width, height, durationMs });
        const seconds = durationMs / SECOND;
        const bytes = (videoBitrateBps * (seconds + 2) + 96_000 * seconds) / 8;
        expect(bytes).toBeLessThanOrEqual(SMALL_COPY_MAX_BYTES * 0.95);
      }),
    );
  });
});
