import { expect, test } from 'vitest';
import type { Unread } from '@hindsight/shared/chat/message';
import { CHANNEL, ME, message } from '../chat.fixtures.ts';
import { unreadAfter, unreadIn, withoutUnread } from './unread-counts.ts';

const conversation = { conversationId: '0199a000-0000-7000-8000-000000000009' };
const created = (n: number, changes = {}) => ({ type: 'created', message: message(n, changes) }) as const;

test('messages of others count, in each place of its own', () => {
  let unread: Unread = [];
  unread = unreadAfter(unread, created(1), ME.id);
  unread = unreadAfter(unread, created(2), ME.id);
  unread = unreadAfter(unread, created(3, { target: conversation }), ME.id);
  expect([unreadIn(unread, CHANNEL), unreadIn(unread, conversation)]).toEqual([2, 1]);
});

test('my own don’t', () => {
  expect(unreadAfter([], created(1, { author: ME }), ME.id)).toEqual([]);
});

test('one that the server has counted already isn’t counted twice', () => {
  const counted: Unread = [{ target: CHANNEL, count: 3, lastMessageAt: message(5).createdAt }];
  expect(unreadIn(unreadAfter(counted, created(5), ME.id), CHANNEL)).toBe(3);
});

test('reading somewhere clears that place', () => {
  const unread = unreadAfter(unreadAfter([], created(1), ME.id), created(2, { target: conversation }), ME.id);
  const read = unreadAfter(unread, { type: 'read', target: CHANNEL }, ME.id);
  expect([unreadIn(read, CHANNEL), unreadIn(read, conversation)]).toEqual([0, 1]);
  expect(withoutUnread(read, conversation)).toEqual([]);
});

test('the count ends where the server’s does', () => {
  const full: Unread = [{ target: CHANNEL, count: 100, lastMessageAt: message(1).createdAt }];
  expect(unreadIn(unreadAfter(full, created(2), ME.id), CHANNEL)).toBe(100);
});
