import { expect, test } from 'vitest';
import { passwordComplaint, passwordRules, usernameComplaint } from './password-rules.ts';

test.each([
  ['', [false, false]],
  ['short', [false, true]],
  ['long enough', [true, true]],
  ['Maja-Lena', [true, false]],
])('%s meets the rules %j', (password, met) => {
  expect(passwordRules(password, 'maja-lena').map(({ isMet }) => isMet)).toEqual(met);
});

test.each([
  ['', 'Choose a password'],
  ['short', 'It must have at least 8 characters'],
  ['MAJA-LENA', 'It must not be your user name'],
  ['long enough', null],
  ['x'.repeat(257), 'It must have at most 256 characters'],
])('says what is wrong with the password %s', (password, complaint) => {
  expect(passwordComplaint(password, 'maja-lena')).toBe(complaint);
});

test.each([
  ['', 'Choose a user name'],
  ['a', 'It must have at least 2 characters'],
  ['two words', 'It may hold letters, digits, and . _ -'],
  ['Zoë_99', null],
])('says what is wrong with the user name %s', (username, complaint) => {
  expect(usernameComplaint(username)).toBe(complaint);
});
