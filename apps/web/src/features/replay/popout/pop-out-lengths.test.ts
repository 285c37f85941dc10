import { expect, test } from 'vitest';
import { popOutLengths } from './pop-out-lengths.ts';

test.each([
  ['in the middle', 300, [60, 120, 300, 600], [120, 300, 600]],
  ['the shortest', 60, [60, 120, 300, 600], [60, 120, 300]],
  ['the longest', 600, [60, 120, 300, 600], [120, 300, 600]],
  ['none of those with a button', 45, [15, 60, 120, 300], [15, 45, 60]],
  ['the only one', 45, [45], [45]],
])('three lengths are shown when the default one is %s', (_where, defaultSeconds, buttonSeconds, shown) => {
  expect(popOutLengths({ defaultSeconds, buttonSeconds })).toEqual(shown);
});
