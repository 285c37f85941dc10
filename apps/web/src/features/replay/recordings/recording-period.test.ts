import { endReasonSchema } from '@hindsight/shared/replay/replay';
import { expect, test } from 'vitest';
import { endText, formatRecordingPeriod } from './recording-period.ts';

const startedAt = '2026-11-21T14:03:00.000Z';

test.each([
  [null, 'since 21 Nov, 14:03'],
  ['2026-11-21T14:20:30.000Z', '21 Nov, 14:03–14:20'],
  ['2026-11-22T00:10:00.000Z', '21 Nov, 14:03 – 22 Nov, 00:10'],
])('a recording that ended at %s reads %s', (endedAt, text) => {
  // Spaces of several widths stand around the dash, as the locale has them.
  const read = formatRecordingPeriod({ startedAt, endedAt }, 'en-GB', 'UTC').replaceAll(/\s/g, ' ');
  expect(read.replace(/ ?– ?(?=\d\d:)/, '–')).toBe(text);
});

test('each end has its words, and a running one none', () => {
  expect(endText({ endedAt: null, endReason: null })).toBeNull();
  const texts = endReasonSchema.options.map((endReason) => endText({ endedAt: startedAt, endReason }));
  expect(new Set(texts).size).toBe(texts.length);
  expect(endText({ endedAt: startedAt, endReason: null })).toBe('ended');
});
