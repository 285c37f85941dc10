import { MINUTE } from '@hindsight/shared/units';
import { expect, test } from 'vitest';
import { formatPressLength, parsePressLength } from './press-length.ts';

test.each([
  [15, '15 s'],
  [60, '1 min'],
  [90, '1:30'],
  [600, '10 min'],
  [4000, '1:06:40'],
])('%i seconds are %s', (seconds, text) => {
  expect(formatPressLength(seconds)).toBe(text);
});

test.each([
  ['45', 45],
  [' 45 s ', 45],
  ['20 seconds', 20],
  ['2 min', 120],
  ['10m', 600],
  ['1:30', 90],
  ['10:00', 600],
])('%s is read as %i seconds', (text, seconds) => {
  expect(parsePressLength(text, 10 * MINUTE)).toBe(seconds);
});

test.each(['', '0', '0:00', 'soon', '1.5 min', '1:75', '-3', '601', '11 min', '3 h'])(
  '“%s” is no length of a buffer of 10 minutes',
  (text) => {
    expect(parsePressLength(text, 10 * MINUTE)).toBeNull();
  },
);
