import { HOUR, MINUTE } from '@hindsight/shared/units';
import { expect, test } from 'vitest';
import { formatAge, formatDate, formatMoment } from './format-date.ts';

const then = '2026-11-21T10:00:00.000Z';
const at = Date.parse(then);

test.each([
  [-MINUTE, 'just now'],
  [59_000, 'just now'],
  [3 * MINUTE + 20_000, '3 minutes ago'],
  [5 * HOUR, '5 hours ago'],
  [25 * HOUR, 'yesterday'],
  [6 * 24 * HOUR, '6 days ago'],
  [30 * 24 * HOUR, 'Nov 21, 2026'],
])('%d ms later it reads %s', (ageMs, text) => {
  expect(formatAge(then, at + ageMs, 'en-US')).toBe(text);
});

test('a moment names date and time in the reader’s zone', () => {
  expect(formatMoment(then, 'en-GB', 'Europe/Paris')).toBe('21 Nov 2026, 11:00:00');
});

test('a day is named as in the reader’s zone', () => {
  expect(formatDate('2026-11-21T23:30:00.000Z', 'en-GB', 'Europe/Paris')).toBe('22 Nov 2026');
});
