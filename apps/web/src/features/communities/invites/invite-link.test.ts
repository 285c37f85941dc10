import { expect, test } from 'vitest';
import { inviteCodeIn } from '@hindsight/shared/community/invite';
import { inviteEnd, inviteLink, inviteUse } from './invite-link.ts';

test('a link holds its code', () => {
  const link = inviteLink('abcDEF_123-x', 'https://clips.example');
  expect(link).toBe('https://clips.example/invite/abcDEF_123-x');
  expect(inviteCodeIn(link)).toBe('abcDEF_123-x');
});

test.each([
  ['abcDEF_123-x', 'abcDEF_123-x'],
  ['  https://clips.example/invite/abcDEF_123-x?from=chat#top ', 'abcDEF_123-x'],
  ['/invite/abcDEF_123-x', 'abcDEF_123-x'],
  ['https://clips.example/clips/abcDEF_123', null],
  ['two words', null],
  ['short', null],
  ['', null],
])('what was pasted, %j, holds the code %j', (pasted, code) => {
  expect(inviteCodeIn(pasted)).toBe(code);
});

test.each([
  [{ uses: 0, maxUses: null }, 'Nobody has joined yet'],
  [{ uses: 3, maxUses: null }, '3 joined'],
  [{ uses: 3, maxUses: 10 }, '3 of 10 joined'],
])('%j: %s', (invite, words) => {
  expect(inviteUse(invite)).toBe(words);
});

test.each([
  [null, 'never expires'],
  ['2026-11-28T15:16:51.000Z', 'works until 28 Nov 2026, 15:16'],
])('an invite until %j %s', (expiresAt, words) => {
  expect(inviteEnd(expiresAt, 'en-GB', 'UTC')).toBe(words);
});
