import { SECOND } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { blackTailCut } from './trim-black-tail.ts';

const SEGMENTS = Array.from({ length: 20 }, (_, index) => ({
  file: `segment_${index}.ts`,
  fromMs: index * 4000,
  toMs: (index + 1) * 4000,
}));
const END_MS = 80_000;
const cut = (blackMs: number, segments = SEGMENTS) =>
  blackTailCut(
    segments,
    (file) => `/buffer/${file}`,
    async () => blackMs,
  );

describe('the black that a vanished publisher leaves', () => {
  it.each([15, 21, 30])('is cut when it lasted %i s', async (seconds) => {
    expect(await cut(seconds * SECOND)).toBe(END_MS - seconds * SECOND);
  });

  it.each([0, 5, 14.9, 30.1, 80])('is not cut when it lasted %f s', async (seconds) => {
    expect(await cut(seconds * SECOND)).toBeNull();
  });

  it('is looked for in the newest segments only', async () => {
    let looked: readonly { path: string; durationMs: number }[] = [];
    await blackTailCut(
      SEGMENTS,
      (file) => `/buffer/${file}`,
      async (tail) => {
        looked = tail;
        return 0;
      },
    );
    expect(looked).toHaveLength(8);
    expect(looked.at(-1)).toEqual({ path: '/buffer/segment_19.ts', durationMs: 4000 });
  });

  it('is not looked for when nothing was recorded', async () => {
    expect(await cut(20 * SECOND, [])).toBeNull();
  });
});
