import { expect, test } from 'vitest';
import { joinNames } from './join-names.ts';

test.each([
  [[], ''],
  [['Ada'], 'Ada'],
  [['Ada', 'Bo'], 'Ada and Bo'],
  [['Ada', 'Bo', 'Cleo'], 'Ada, Bo and Cleo'],
])('joins %j to "%s"', (names, text) => {
  expect(joinNames(names)).toBe(text);
});
