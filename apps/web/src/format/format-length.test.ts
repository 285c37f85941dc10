import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';
import { expect, test } from 'vitest';
import {
  formatClipLength,
  formatLength,
  formatPreciseLength,
  spokenLength,
  spokenPreciseLength,
} from './format-length.ts';

test.each([
  [0, '0:00'],
  [-5 * SECOND, '0:00'],
  [999, '0:00'],
  [9 * SECOND, '0:09'],
  [2 * MINUTE + 14_900, '2:14'],
  [10 * MINUTE, '10:00'],
  [HOUR + 2 * MINUTE + 3 * SECOND, '1:02:03'],
])('%d ms read as %s', (durationMs, text) => {
  expect(formatLength(durationMs)).toBe(text);
});

test.each([
  [5 * MINUTE - 20, '5:00'],
  [16_285, '0:16'],
  [26_500, '0:27'],
])('a clip of %d ms has the length %s', (durationMs, text) => {
  expect(formatClipLength(durationMs)).toBe(text);
});

test.each([
  [0, '0 seconds'],
  [SECOND, '1 second'],
  [MINUTE, '1 minute'],
  [2 * MINUTE + 14 * SECOND, '2 minutes 14 seconds'],
])('%d ms are spoken as %s', (durationMs, text) => {
  expect(spokenLength(durationMs)).toBe(text);
});

test.each([
  [0, '0:00.0', '0 seconds'],
  [12_340, '0:12.3', '12.3 seconds'],
  [59_960, '1:00.0', '1 minute 0 seconds'],
  [2 * MINUTE + 14_900, '2:14.9', '2 minutes 14.9 seconds'],
])('the moment %d ms reads as %s and is spoken as %s', (ms, text, spoken) => {
  expect(formatPreciseLength(ms)).toBe(text);
  expect(spokenPreciseLength(ms)).toBe(spoken);
});
