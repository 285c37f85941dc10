import { expect, test } from 'vitest';
import { CHANNEL, ME, message } from '../chat.fixtures.ts';
import { outboxReducer, sendEnded, sendFailed, sendStarted, stillPending } from './outbox.slice.ts';

const UNREACHABLE = { code: 'UNREACHABLE', text: 'No answer.', remedy: 'Wait.', errorId: null } as const;

function pending(key: string, text: string, afterId: string | null = null) {
  return { key, authorId: ME.id, target: CHANNEL, text, clip: null, afterId, error: null };
}
const mine = (n: number, text: string) => message(n, { author: ME, text });

test('a message that failed keeps its reason, until it is sent again', () => {
  let state = outboxReducer(undefined, sendStarted(pending('a', 'hi')));
  state = outboxReducer(state, sendFailed({ key: 'a', error: UNREACHABLE }));
  expect(state.messages[0]?.error).toEqual(UNREACHABLE);
  state = outboxReducer(state, sendStarted(pending('a', 'hi')));
  expect(state.messages.map(({ error }) => error)).toEqual([null]);
  expect(outboxReducer(state, sendEnded('a')).messages).toEqual([]);
});

test('one that has arrived is shown once', () => {
  const sent = [pending('a', 'hi', message(1).id)];
  expect(stillPending(sent, CHANNEL, [message(1)], ME.id)).toHaveLength(1);
  expect(stillPending(sent, CHANNEL, [message(1), mine(2, 'hi')], ME.id)).toEqual([]);
});

test('an equal one from before is not mistaken for it', () => {
  expect(stillPending([pending('a', 'hi', message(1).id)], CHANNEL, [mine(1, 'hi')], ME.id)).toHaveLength(1);
});

test('of two equal ones, each is told of for itself', () => {
  const sent = [pending('a', 'hi'), pending('b', 'hi')];
  const left = stillPending(sent, CHANNEL, [mine(1, 'hi')], ME.id);
  expect(left.map(({ key }) => key)).toEqual(['b']);
});

test('neither those of other places nor of another account are shown', () => {
  const elsewhere = { ...pending('a', 'hi'), target: { conversationId: 'c' } };
  const others = { ...pending('b', 'hi'), authorId: 'somebody' };
  expect(stillPending([elsewhere, others], CHANNEL, [], ME.id)).toEqual([]);
});
