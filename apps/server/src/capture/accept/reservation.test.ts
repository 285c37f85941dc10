import { describe, expect, it } from 'vitest';
import { reservationBytes } from './reservation.ts';
import { select } from '../plan/selection.ts';
import { pieces } from '../../buffer/testing/pieces.ts';

describe('reservation', () => {
  const tenPieces = select(pieces('a', 0, 10), { fromMs: 1000, toMs: 40_000 });
  if (tenPieces === null) throw new Error('the range is buffered');

  it('covers all bytes of the pieces and the index, and little more', () => {
    const bytes = reservationBytes(tenPieces, 0);
    expect(bytes).toBeGreaterThan(10_000_000);
    expect(bytes).toBeLessThan(10_000_000 * 1.03);
  });

  it('covers a tail three times as busy as the rest', () => {
    // 4 MB in 16 s are 0.25 MB per second.
    expect(reservationBytes(tenPieces, 4000) - reservationBytes(tenPieces, 0)).toBeGreaterThan(3 * 1_000_000);
  });

  it('covers the tail of a share that has only just begun', () => {
    const fresh = select(pieces('a', 0, 1, { sizeBytes: 1000 }), { fromMs: 0, toMs: 4000 });
    expect(fresh === null ? 0 : reservationBytes(fresh, 100)).toBeGreaterThan(500_000);
  });
});
