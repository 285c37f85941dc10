import { expect, test } from 'vitest';
import { waveColumns, wavePath } from './waveform.ts';

test('the waveform has the loudest value of each part, at the true time', () => {
  const sounds = [
    { fromMs: 0, toMs: 200, peaks: [10, 80, 99] },
    { fromMs: 600, toMs: 800, peaks: [30] },
  ];
  expect(waveColumns(sounds, 800, 4)).toEqual([80, 0, 0, 30]);
  expect(wavePath([0, 25])).toBe('M1 100V75h1V100z');
});
