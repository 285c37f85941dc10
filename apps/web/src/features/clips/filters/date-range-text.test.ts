import { expect, test } from 'vitest';
import { dateRangeText } from './date-range-text.ts';

test.each([
  [null, null, 'Any time'],
  ['2026-11-05', null, 'Since 5 Nov 2026'],
  [null, '2026-11-05', 'Until 5 Nov 2026'],
  ['2026-11-05', '2026-11-05', '5 Nov 2026'],
])('from %s to %s reads "%s"', (fromDay, toDay, text) => {
  expect(dateRangeText(fromDay, toDay, 'en-GB')).toBe(text);
});
