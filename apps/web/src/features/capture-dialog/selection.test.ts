import { describe, expect, test } from 'vitest';
import { MINUTE } from '@hindsight/shared/units';
import { playerSecondsAt, shownMs, type LaidPiece } from './media-clock.ts';
import { firstRange, rangePresets } from './presets.ts';
import { stillSlots } from './still-slots.ts';
import { parseTypedTime } from './typed-time.ts';
import { waveColumns, wavePath } from './waveform.ts';

describe('presets', () => {
  test('are the lengths that are shorter than the buffer, and all of it', () => {
    expect(rangePresets(134_000).map(({ label }) => label)).toEqual(['1 min', '2 min', 'All 2:14']);
    expect(rangePresets(10.05 * MINUTE).map(({ label }) => label)).toEqual([
      '1 min',
      '2 min',
      '5 min',
      '10 min',
      'All 10:03',
    ]);
    expect(rangePresets(20_000)).toEqual([{ label: 'All 0:20', range: [0, 20_000] }]);
  });

  test('count from the end', () => {
    expect(rangePresets(134_000)[0]?.range).toEqual([74_000, 134_000]);
    expect(firstRange(134_000)).toEqual([74_000, 134_000]);
    expect(firstRange(20_000)).toEqual([0, 20_000]);
  });
});

test.each([
  ['2:14.3', 134_300],
  ['0:02:14', 134_000],
  [' 75 ', 75_000],
  ['75,25', 75_250],
  ['1:02:03.004', 3_723_004],
  ['2:75', null],
  ['-1', null],
  ['two minutes', null],
  ['', null],
])('“%s” typed as a time', (text, ms) => {
  expect(parseTypedTime(text)).toBe(ms);
});

describe('the player’s clock', () => {
  /** 8 s, a gap of 12 s, 8 s; the player has found the second recording to begin 20 ms early. */
  const pieces: LaidPiece[] = [
    { startSeconds: 0, fromMs: 0, toMs: 4000 },
    { startSeconds: 4, fromMs: 4000, toMs: 8000 },
    { startSeconds: 7.98, fromMs: 20_000, toMs: 24_000 },
    { startSeconds: 11.98, fromMs: 24_000, toMs: 28_000 },
  ];

  test('runs on through gaps', () => {
    expect(shownMs(pieces, 5)).toBe(5000);
    expect(shownMs(pieces, 7.98)).toBe(20_000);
    expect(shownMs(pieces, 12.98)).toBe(25_000);
    expect(shownMs(pieces, 99)).toBe(28_000);
  });

  test('finds each moment; in a gap the first picture behind it, at the end the last one', () => {
    for (const ms of [0, 3999, 4000, 7900, 20_000, 27_900])
      expect(shownMs(pieces, playerSecondsAt(pieces, ms))).toBeCloseTo(ms, 3);
    expect(playerSecondsAt(pieces, 12_000)).toBe(7.98);
    expect(shownMs(pieces, playerSecondsAt(pieces, 28_000))).toBeCloseTo(27_950, 3);
    expect(playerSecondsAt([], 1000)).toBe(0);
  });
});

test('stills stand where the middle of their place is recorded', () => {
  const pieces = [
    { key: 'a', fromMs: 0, toMs: 4000 },
    { key: 'b', fromMs: 8000, toMs: 12_000 },
  ];
  expect(stillSlots(pieces, 12_000, 3).map((piece) => piece?.key ?? null)).toEqual(['a', null, 'b']);
});

test('the waveform has the loudest value of each part, at the true time', () => {
  const sounds = [
    { fromMs: 0, toMs: 200, peaks: [10, 80, 99] },
    { fromMs: 600, toMs: 800, peaks: [30] },
  ];
  expect(waveColumns(sounds, 800, 4)).toEqual([80, 0, 0, 30]);
  expect(wavePath([0, 25])).toBe('M1 100V75h1V100z');
});
