import { describe, expect, test } from 'vitest';
import { message, page } from '../chat.fixtures.ts';
import {
  caughtUp,
  newestPage,
  oldestFirst,
  withChanged,
  withMessage,
  withoutMessage,
  type MessagePages,
} from './message-pages.ts';

const history = (): MessagePages => ({
  pages: [page(9, 6, 'before-6'), page(5, 3)],
  pageParams: [null, 'before-6'],
});
const ids = (pages: MessagePages) => oldestFirst(pages).map(({ id }) => Number(id.slice(1)));

test('reads from the oldest message to the newest', () => {
  expect(ids(history())).toEqual([3, 4, 5, 6, 7, 8, 9]);
});

describe('a new message', () => {
  test('stands last', () => {
    expect(ids(withMessage(history(), message(10)))).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('that is told late stands where its time puts it', () => {
    const late = message(8, { id: 'm00008b' });
    expect(oldestFirst(withMessage(history(), late)).map(({ id }) => id)).toEqual([
      'm00003',
      'm00004',
      'm00005',
      'm00006',
      'm00007',
      'm00008',
      'm00008b',
      'm00009',
    ]);
  });

  test('that is there already stands there once, as it is now', () => {
    const again = withMessage(history(), message(9, { text: 'edited' }));
    expect(ids(again)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(oldestFirst(again).at(-1)?.text).toBe('edited');
  });

  test('is the first of an empty channel', () => {
    const empty: MessagePages = { pages: [{ items: [], nextCursor: null }], pageParams: [null] };
    expect(ids(withMessage(empty, message(1)))).toEqual([1]);
  });

  test('older than what is loaded waits for its page', () => {
    expect(ids(withMessage({ pages: [page(9, 6, 'c')], pageParams: [null] }, message(2)))).toEqual([
      6, 7, 8, 9,
    ]);
  });
});

test('a change stands in the message’s place, on whatever page', () => {
  const changed = oldestFirst(withChanged(history(), message(4, { text: 'edited' })));
  expect(changed[1]?.text).toBe('edited');
  expect(ids(withChanged(history(), message(1)))).toEqual([3, 4, 5, 6, 7, 8, 9]);
});

test('a removed message is gone', () => {
  expect(ids(withoutMessage(history(), message(5).id))).toEqual([3, 4, 6, 7, 8, 9]);
});

test('only the newest page is kept of a history that nobody looks at', () => {
  const kept = newestPage(history());
  expect(ids(kept)).toEqual([6, 7, 8, 9]);
  expect(kept.pageParams).toEqual([null]);
});

describe('catching up', () => {
  test('adds what was missed, and drops what was removed meanwhile', () => {
    const newest = page(11, 7, 'before-7');
    newest.items = newest.items.filter(({ id }) => id !== message(8).id);
    expect(ids(caughtUp(history(), newest))).toEqual([3, 4, 5, 6, 7, 9, 10, 11]);
  });

  test('starts anew where more was missed than a page holds', () => {
    const caught = caughtUp(history(), page(30, 20, 'before-20'));
    expect(ids(caught)[0]).toBe(20);
    expect(caught.pages).toHaveLength(1);
  });

  test('believes a newest page that is everything', () => {
    expect(ids(caughtUp(history(), page(5, 4)))).toEqual([4, 5]);
    expect(ids(caughtUp(history(), { items: [], nextCursor: null }))).toEqual([]);
  });
});
