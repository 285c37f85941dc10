import { expect, test } from 'vitest';
import { formatDay, formatTimeOfDay } from './format-day.ts';

const at = (text: string) => new Date(text).getTime();
const NOW = at('2026-11-21T00:30:00');

test.each([
  ['2026-11-21T00:10:00', 'Today'],
  ['2026-11-20T23:50:00', 'Yesterday'],
  ['2026-11-19T12:00:00', 'Thursday, 19 November'],
  ['2025-12-31T12:00:00', 'Wednesday, 31 December 2025'],
])('%s is “%s”', (day, text) => {
  expect(formatDay(at(day), NOW, 'en-GB').replace(/(?<=day) /, ', ')).toBe(text);
});

test('a time of day is as short as it can be', () => {
  expect(formatTimeOfDay(new Date('2026-11-21T09:05:00').toISOString(), 'en-GB')).toBe('09:05');
});
