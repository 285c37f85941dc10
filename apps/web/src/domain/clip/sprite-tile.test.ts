import { expect, test } from 'vitest';
import { tileAt, tileStyle } from './sprite-tile.ts';

const sprite = { url: '/api/clips/c/sprite.jpg', columns: 10, rows: 3, count: 25 };

test.each([
  [0, 0],
  [0.5, 12],
  [1, 24],
  [-0.2, 0],
])('at %d of the clip picture %d stands', (fraction, tile) => {
  expect(tileAt(sprite, fraction)).toBe(tile);
});

test('a picture is found by its column and row', () => {
  expect(tileStyle(sprite, 24)).toEqual({
    backgroundImage: 'url("/api/clips/c/sprite.jpg")',
    backgroundSize: '1000% 300%',
    backgroundPosition: `${(4 / 9) * 100}% 100%`,
  });
});

test('a sprite of one row or column has no way to move', () => {
  expect(tileStyle({ ...sprite, columns: 1, rows: 1 }, 0).backgroundPosition).toBe('0% 0%');
});
