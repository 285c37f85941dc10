import { describe, expect, it } from 'vitest';
import { afterCursor, encodeCursor } from './clip-page.ts';

const ROW = {
  id: '01a1fdab-921c-76fd-8ef9-1fd7870b959a',
  pressedAt: new Date('2026-11-21T10:00:00.123Z'),
  sizeBytes: 9_007_199_254_740_993n,
  durationMs: 61_000,
};

describe('cursor', () => {
  it.each([
    [
      'newest',
      {
        pressedAt: { lte: ROW.pressedAt },
        OR: [{ pressedAt: { lt: ROW.pressedAt } }, { pressedAt: ROW.pressedAt, id: { lt: ROW.id } }],
      },
    ],
    [
      'oldest',
      {
        pressedAt: { gte: ROW.pressedAt },
        OR: [{ pressedAt: { gt: ROW.pressedAt } }, { pressedAt: ROW.pressedAt, id: { gt: ROW.id } }],
      },
    ],
    [
      'largest',
      {
        sizeBytes: { lte: ROW.sizeBytes },
        OR: [{ sizeBytes: { lt: ROW.sizeBytes } }, { sizeBytes: ROW.sizeBytes, id: { lt: ROW.id } }],
      },
    ],
    [
      'longest',
      {
        durationMs: { lte: 61_000 },
        OR: [{ durationMs: { lt: 61_000 } }, { durationMs: 61_000, id: { lt: ROW.id } }],
      },
    ],
  ] as const)('of %s continues after its clip', (sort, where) => {
    expect(afterCursor(sort, encodeCursor(sort, ROW))).toEqual(where);
  });

  it.each([
    '',
    'x',
    '!!!',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('["newest","1"]').toString('base64url'),
    encodeCursor('newest', { ...ROW, pressedAt: new Date(8_640_000_000_000_000) }),
  ])('%j is refused', (cursor) => {
    expect(() => afterCursor('newest', cursor)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });

  it.each([
    ['largest', { ...ROW, sizeBytes: 2n ** 63n }],
    ['longest', { ...ROW, durationMs: 2 ** 31 }],
  ] as const)('of %s with more than a column holds is refused', (sort, row) => {
    expect(() => afterCursor(sort, encodeCursor(sort, row))).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });

  it('of another order is refused', () => {
    expect(() => afterCursor('oldest', encodeCursor('newest', ROW))).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });
});
