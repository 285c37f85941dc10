import { SECOND } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import type { ShareState } from './share-state.ts';
import { findBlackTail } from './trim-black-tail.ts';

const SEGMENTS = Array.from({ length: 20 }, (_, index) => ({
  file: `segment_${index}.ts`,
  fromMs: index * 4000,
  toMs: (index + 1) * 4000,
}));
const END_MS = 80_000;
const MARGIN_MS = 175;
const find = (share: ShareState, blackMs: number, segments = SEGMENTS) =>
  findBlackTail(
    { segments, share },
    (file) => `/buffer/${file}`,
    async () => blackMs,
  );

describe('the black at the end of a recording', () => {
  it.each<[ShareState, number, boolean]>([
    ['unpublished', 0.04, false],
    ['unpublished', 0.63, false],
    ['left', 0.63, false],
    ['unknown', 2, false],
    ['left', 15, true],
    ['left', 21, true],
    ['unknown', 30, true],
  ])('is what its end left when the share is %s and it lasted %f s', async (share, seconds, hasVanished) => {
    expect(await find(share, seconds * SECOND)).toEqual({
      cutMs: END_MS - seconds * SECOND - MARGIN_MS,
      hasVanished,
    });
  });

  it.each<[ShareState, number]>([
    ['on', 0.63],
    ['on', 20],
    ['unpublished', 2.1],
    ['unpublished', 20],
    ['left', 0],
    ['left', 2.1],
    ['left', 14.9],
    ['left', 30.1],
    ['unknown', 80],
  ])('was shared when the share is %s and it lasted %f s', async (share, seconds) => {
    expect(await find(share, seconds * SECOND)).toBeNull();
  });

  it.each<[ShareState, number]>([
    ['left', 8],
    ['unpublished', 1],
  ])('is looked for no further back than it can reach when the share is %s', async (share, count) => {
    let looked: readonly { path: string; durationMs: number }[] = [];
    await findBlackTail(
      { segments: SEGMENTS, share },
      (file) => `/buffer/${file}`,
      async (tail) => {
        looked = tail;
        return 0;
      },
    );
    expect(looked).toHaveLength(count);
    expect(looked.at(-1)).toEqual({ path: '/buffer/segment_19.ts', durationMs: 4000 });
  });

  it('is not looked for when nothing was recorded', async () => {
    expect(await find('left', 20 * SECOND, [])).toBeNull();
  });
});
