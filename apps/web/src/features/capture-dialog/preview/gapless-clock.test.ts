import { describe, expect, test } from 'vitest';
import { playerSecondsAt, shownMs, type LaidPiece } from './gapless-clock.ts';

describe('the player’s clock', () => {
  /** The pieces are 8 s, a gap of 12 s, and 8 s; the player found that the second recording begins 20 ms early. */
  const pieces: LaidPiece[] = [
    { startSeconds: 0, fromMs: 0, toMs: 4000 },
    { startSeconds: 4, fromMs: 4000, toMs: 8000 },
    { startSeconds: 7.98, fromMs: 20_000, toMs: 24_000 },
    { startSeconds: 11.98, fromMs: 24_000, toMs: 28_000 },
  ];

  test('runs on through gaps', () => {
    expect(shownMs(pieces, 5)).toBe(5000);
    expect(shownMs(pieces, 7.98)).toBe(20_000);
    expect(shownMs(pieces, 12.98)).toBe(25_000);
    expect(shownMs(pieces, 99)).toBe(28_000);
  });

  test('finds each moment; in a gap the first picture behind it, at the end the last one', () => {
    for (const ms of [0, 3999, 4000, 7900, 20_000, 27_900])
      expect(shownMs(pieces, playerSecondsAt(pieces, ms))).toBeCloseTo(ms, 3);
    expect(playerSecondsAt(pieces, 12_000)).toBe(7.98);
    expect(shownMs(pieces, playerSecondsAt(pieces, 28_000))).toBeCloseTo(27_950, 3);
    expect(playerSecondsAt([], 1000)).toBe(0);
  });
});
