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
  expect(recordedPeopleText(sessions, 'tom', false)).toBe(sentence);
});

test.each([
  [[], null],
  [[maja], 'Maja may still be recorded'],
  [[tom], 'You may still be recorded'],
  [[maja, tom], '2 people may still be recorded'],
])('%j is uncertain when the server is not heard', (sessions, sentence) => {
  expect(recordedPeopleText(sessions, 'tom', true)).toBe(sentence);
});
