import { expect, test } from 'vitest';
import { ME, message } from '../chat.fixtures.ts';
import { firstNewMessage } from './first-new-message.ts';

const mine = (n: number) => message(n, { author: ME });
const newestId = (n: number) => message(n).id;

test('after what was seen comes what is new; my own never is', () => {
  const messages = [message(1), mine(2), message(3), message(4)];
  expect(firstNewMessage(messages, { kind: 'seen', messageId: newestId(1) }, ME.id)).toBe(newestId(3));
  expect(firstNewMessage(messages, { kind: 'seen', messageId: newestId(4) }, ME.id)).toBeNull();
});

test('a count is counted back over the messages of others', () => {
  const messages = [message(1), message(2), mine(3), message(4)];
  const mark = { kind: 'counted', unreadCount: 2, newestId: newestId(4) } as const;
  expect(firstNewMessage(messages, mark, ME.id)).toBe(newestId(2));
  // Messages that come later move nothing.
  expect(firstNewMessage([...messages, message(5)], mark, ME.id)).toBe(newestId(2));
});

test('with nothing unread, the next one to come is new', () => {
  const mark = { kind: 'counted', unreadCount: 0, newestId: newestId(1) } as const;
  expect(firstNewMessage([message(1)], mark, ME.id)).toBeNull();
  expect(firstNewMessage([message(1), mine(2), message(3)], mark, ME.id)).toBe(newestId(3));
});

test('in an empty channel the first message is new', () => {
  const mark = { kind: 'counted', unreadCount: 0, newestId: null } as const;
  expect(firstNewMessage([], mark, ME.id)).toBeNull();
  expect(firstNewMessage([message(1)], mark, ME.id)).toBe(newestId(1));
});

test('what isn’t loaded yet is found once it is', () => {
  const mark = { kind: 'counted', unreadCount: 3, newestId: newestId(4) } as const;
  expect(firstNewMessage([message(3), message(4)], mark, ME.id)).toBeNull();
  expect(firstNewMessage([message(1), message(2), message(3), message(4)], mark, ME.id)).toBe(newestId(2));
});
