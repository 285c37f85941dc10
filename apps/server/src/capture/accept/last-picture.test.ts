import { describe, expect, it } from 'vitest';
import { pieces } from '../../buffer/testing/pieces.ts';
import { select } from '../plan/selection.ts';
import { lastPictureAt } from './last-picture.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
/** Pictures are missing since the first second of the last of five pieces. */
const [a, b, c, d, last] = pieces('a', NOON, 5);
const FROZEN_MS = NOON + 17_000;

/** Returns what is told of a clip that ends this long after noon. */
function told(toMs: number, frozenSinceMs: number | undefined): string | null {
  const frozen = frozenSinceMs === undefined ? {} : { frozenSinceMs };
  const timeline = [a, b, c, d, last && { ...last, ...frozen }].filter((piece) => piece !== undefined);
  const selection = select(timeline, { fromMs: NOON, toMs: NOON + toMs });
  if (selection === null) throw new Error('nothing is selected');
  return lastPictureAt(selection, NOON + toMs);
}

describe('lastPictureAt', () => {
  it.each([
    ['says when pictures are missing at the end', 20_000, FROZEN_MS, new Date(FROZEN_MS).toISOString()],
    [
      'says so although the recorder has not written all of it yet',
      60_000,
      FROZEN_MS,
      new Date(FROZEN_MS).toISOString(),
    ],
    ['is null when no picture is missing', 20_000, undefined, null],
    ['is null for less than a second', 17_900, FROZEN_MS, null],
    ['is null for a clip that ends before', 15_000, FROZEN_MS, null],
  ])('%s', (_, toMs, frozenSinceMs, expected) => {
    expect(told(toMs, frozenSinceMs)).toBe(expected);
  });
});
