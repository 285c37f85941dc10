import { endReasonSchema } from '@hindsight/shared/replay/replay';
import { expect, test } from 'vitest';
import { endText, formatRecordingPeriod, voicesText } from './recording-period.ts';

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

test('voices are named with the times in which they were kept', () => {
  const voice = { userId: 'u', from: startedAt };
  const read = (voices: Parameters<typeof voicesText>[0]['voices']) =>
    voicesText({ voices }, 'en-GB', 'UTC')?.replaceAll(/ ?– ?/g, '–') ?? null;
  expect(read([])).toBeNull();
  expect(
    read([
      { ...voice, username: 'Ada', to: '2026-11-21T14:20:30.000Z' },
      { ...voice, username: 'Bo', to: null },
    ]),
  ).toBe('Voices: Ada 14:03–14:20, Bo since 14:03');
});

test('each end has its words, and a running one none', () => {
  expect(endText({ endedAt: null, endReason: null })).toBeNull();
  const texts = endReasonSchema.options.map((endReason) => endText({ endedAt: startedAt, endReason }));
  expect(new Set(texts).size).toBe(texts.length);
  expect(endText({ endedAt: startedAt, endReason: null })).toBe('ended');
});
