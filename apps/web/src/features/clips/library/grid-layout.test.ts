import { expect, test } from 'vitest';
import { gridLayout } from './grid-layout.ts';

test.each([
  [358, 1],
  [536, 2],
  [928, 3],
  [1352, 4],
])('a grid of %d px has %d columns', (width, columns) => {
  expect(gridLayout(width).columns).toBe(columns);
});

test('a row is as high as a picture of 16:9, its text and the gap', () => {
  // One card of 358 px: 356 inside its border.
  expect(gridLayout(358).rowHeight).toBe(Math.ceil((356 * 9) / 16 + 64 + 2) + 16);
});
