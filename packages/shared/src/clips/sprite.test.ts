import { describe, expect, it } from 'vitest';
import { spriteLayout } from './sprite.ts';
import { MINUTE } from '../units.ts';

describe('the layout of a sprite', () => {
  it.each([
    [10 * MINUTE, { columns: 10, rows: 6, count: 60 }],
    [30_000, { columns: 10, rows: 6, count: 60 }],
    [7999, { columns: 10, rows: 2, count: 15 }],
    [2500, { columns: 5, rows: 1, count: 5 }],
    [500, { columns: 1, rows: 1, count: 1 }],
    [20, { columns: 1, rows: 1, count: 1 }],
  ])('of a clip of %d ms', (durationMs, layout) => {
    expect(spriteLayout(durationMs)).toEqual(layout);
  });
});
