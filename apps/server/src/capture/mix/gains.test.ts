import { LEAST_GAIN_DB } from '@hindsight/shared/clips/clip-voices';
import { expect, it } from 'vitest';
import { gainOf } from './gains.ts';

it.each([
  [0, 1],
  [-6, 0.501],
  [12, 3.981],
  [LEAST_GAIN_DB + 1, 0.0355],
  [LEAST_GAIN_DB, 0],
])('%i dB is %f times as loud', (db, gain) => {
  expect(gainOf(db)).toBeCloseTo(gain, 3);
});
