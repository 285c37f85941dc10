import { expect, test } from 'vitest';
import { readMoment, writeMoment } from './moment-in-address.ts';

test.each([
  ['83.5', 83_500],
  ['83s', 83_000],
  ['1m23s', 83_000],
  ['1h0m2s', 3_602_000],
  ['2m', 120_000],
  ['1:23', 83_000],
  ['1:02:03.5', 3_723_500],
  ['0', 0],
  ['soon', null],
  ['-3', null],
  ['', null],
  [null, null],
])('%s in an address is the moment %s ms', (text, ms) => {
  expect(readMoment(text)).toBe(ms);
});

test('a moment is written so that it is read again', () => {
  expect(writeMoment(83_456)).toBe('83.5');
  expect(readMoment(writeMoment(83_456))).toBe(83_500);
});
