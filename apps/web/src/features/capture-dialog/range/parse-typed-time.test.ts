import { expect, test } from 'vitest';
import { parseTypedTime } from './parse-typed-time.ts';

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
