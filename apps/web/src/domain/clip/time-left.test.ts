import { expect, test } from 'vitest';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { aboutTime, timeLeftMs } from './time-left.ts';

test('before any speed was seen, a minute is told to take a quarter of one', () => {
  const start = { fraction: 0, atMs: 1000 };
  expect(timeLeftMs(MINUTE, start, start)).toBe(15 * SECOND);
  expect(timeLeftMs(MINUTE, start, { fraction: 0.5, atMs: 1500 })).toBe(7.5 * SECOND);
});

test('then the speed that was seen counts, from when it was first seen', () => {
  expect(timeLeftMs(MINUTE, { fraction: 0, atMs: 0 }, { fraction: 0.25, atMs: 50 * SECOND })).toBe(
    150 * SECOND,
  );
  expect(timeLeftMs(MINUTE, { fraction: 0.5, atMs: 0 }, { fraction: 0.75, atMs: 10 * SECOND })).toBe(
    10 * SECOND,
  );
});

test('nothing is left at the end', () => {
  expect(timeLeftMs(MINUTE, { fraction: 0, atMs: 0 }, { fraction: 1, atMs: 9 * SECOND })).toBe(0);
  expect(timeLeftMs(MINUTE, { fraction: 0, atMs: 0 }, { fraction: 1.1, atMs: 9 * SECOND })).toBe(0);
});

test.each([
  [0, 'about 5 s'],
  [5001, 'about 10 s'],
  [50 * SECOND, 'about 50 s'],
  [51 * SECOND, 'about 1 min'],
  [100 * SECOND, 'about 2 min'],
  [10 * MINUTE, 'about 10 min'],
])('%i ms are %s', (ms, text) => {
  expect(aboutTime(ms)).toBe(text);
});
