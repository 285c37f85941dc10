import { expect, test } from 'vitest';
import { ME, message } from '../chat.fixtures.ts';
import { toBlocks, toRows } from './message-rows.ts';

function at(n: number, time: string, author = message(n).author) {
  return message(n, { createdAt: new Date(time).toISOString(), author });
}
const heads = (messages: ReturnType<typeof message>[], firstNewId: string | null = null) =>
  toRows(messages, firstNewId).map(({ isHead }) => isHead);

test('messages of one person in a row carry the name once', () => {
  expect(heads([message(1), message(2), message(3, { author: ME }), message(4)])).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test('a pause begins a new group', () => {
  expect(
    heads([at(1, '2026-11-21T10:00:00'), at(2, '2026-11-21T10:04:59'), at(3, '2026-11-21T10:10:00')]),
  ).toEqual([true, false, true]);
});

test('each day is named before its first message', () => {
  const rows = toRows(
    [at(1, '2026-11-20T23:59:59'), at(2, '2026-11-21T00:00:01'), at(3, '2026-11-21T00:00:09')],
    null,
  );
  expect(rows.map(({ day }) => day !== null)).toEqual([true, true, false]);
  expect(rows.map(({ isHead }) => isHead)).toEqual([true, true, false]);
  expect(new Date(rows[1]?.day ?? 0).toDateString()).toBe(new Date('2026-11-21T00:00:01').toDateString());
});

test('what is new begins a group', () => {
  const messages = [message(1), message(2), message(3)];
  expect(heads(messages, message(2).id)).toEqual([true, true, false]);
  expect(toRows(messages, message(2).id).map(({ isFirstNew }) => isFirstNew)).toEqual([false, true, false]);
});

test('accounts that are gone group together', () => {
  expect(heads([message(1, { author: null }), message(2, { author: null })])).toEqual([true, false]);
});

test('blocks stay the same while messages come at both ends', () => {
  const rows = (from: number, to: number) =>
    toRows(
      Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
      null,
    );
  const keys = (from: number, to: number, pages: number[]) =>
    toBlocks(rows(from, to), pages).map(({ key }) => key);
  const before = keys(51, 100, [50]);
  expect(before).toEqual(['m00051', 'm00076']);
  expect(keys(51, 101, [51])).toEqual([...before, 'm00101']);
  expect(keys(1, 101, [51, 50])).toEqual(['m00001', 'm00026', ...before, 'm00101']);
});
