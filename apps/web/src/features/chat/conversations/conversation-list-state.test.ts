import { expect, test } from 'vitest';
import type { ConversationDto, MessageEvent } from '@hindsight/shared/chat/message';
import { BO, ME, message, sharedClip } from '../chat.fixtures.ts';
import { conversationsAfter, lastWords } from './conversation-list-state.ts';

const target = (conversationId: string) => ({ conversationId });
function conversation(id: string, n: number | null): ConversationDto {
  return {
    id,
    others: [BO],
    lastMessage: n === null ? null : message(n, { target: target(id) }),
    createdAt: message(0).createdAt,
  };
}
const list = [conversation('a', 2), conversation('b', 1)];
const ids = (conversations: ConversationDto[] | null) => conversations?.map(({ id }) => id);

test('a new message brings its conversation to the top', () => {
  const after = conversationsAfter(list, { type: 'created', message: message(3, { target: target('b') }) });
  expect(ids(after)).toEqual(['b', 'a']);
  expect(after?.[0]?.lastMessage?.text).toBe('message 3');
});

test('a change stays where it is', () => {
  const edited = message(1, { target: target('b'), text: 'edited' });
  const after = conversationsAfter(list, { type: 'changed', message: edited });
  expect(ids(after)).toEqual(['a', 'b']);
  expect(after?.[1]?.lastMessage?.text).toBe('edited');
});

test.each<[string, MessageEvent]>([
  ['a conversation that is new', { type: 'conversation', conversationId: 'c' }],
  ['a message where none was known', { type: 'created', message: message(3, { target: target('c') }) }],
  ['a last message that is gone', { type: 'removed', target: target('a'), messageId: message(2).id }],
])('%s is asked of the server', (_what, event) => {
  expect(conversationsAfter(list, event)).toBeNull();
});

test('channels change nothing here', () => {
  expect(conversationsAfter(list, { type: 'created', message: message(9) })).toBe(list);
});

test('the list says who said what', () => {
  const clip = { state: 'present' as const, clip: sharedClip() };
  const last = (changes: object) =>
    lastWords({ ...conversation('a', 1), lastMessage: message(1, changes) }, ME.id);
  expect(last({ text: 'hi' })).toBe('hi');
  expect(last({ author: ME, text: 'hi' })).toBe('You: hi');
  expect(last({ text: '', clip })).toBe('bo shared a clip');
  expect(last({ author: ME, text: '', clip })).toBe('You shared a clip');
  expect(lastWords(conversation('a', null), ME.id)).toBe('No messages yet');
});
