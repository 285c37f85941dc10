import { describe, expect, test } from 'vitest';
import { MINUTE } from '@hindsight/shared/units';
import { firstRange, rangePresets } from './range-presets.ts';

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
