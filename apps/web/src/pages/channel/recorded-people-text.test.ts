import { expect, test } from 'vitest';
import { recordedPeopleText } from './recorded-people-text.ts';

const maja = { userId: 'maja', username: 'Maja' };
const tom = { userId: 'tom', username: 'Tom' };

test.each([
  [[], null],
  [[maja], 'Maja is being recorded'],
  [[tom], 'You are being recorded'],
  [[maja, tom], '2 people are being recorded'],
])('%j reads %s', (sessions, sentence) => {
  expect(recordedPeopleText(sessions, 'tom')).toBe(sentence);
});
