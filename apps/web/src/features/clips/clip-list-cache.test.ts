import { expect, test } from 'vitest';
import { hasClip, withClip, withoutClip, type ClipPages } from './clip-list-cache.ts';
import { clip, savingClip } from './clip.fixtures.ts';

const pages: ClipPages = {
  pageParams: [undefined, 'next'],
  pages: [
    { items: [clip({ id: 'a' }), savingClip({ id: 'b' })], nextCursor: 'next', total: 3, hasMore: true },
    { items: [clip({ id: 'c' })], nextCursor: null, total: 3, hasMore: false },
  ],
};

test('a change stands in the clip’s place', () => {
  const changed = withClip(pages, clip({ id: 'b', title: 'Done' }));
  expect(changed.pages[0]?.items.map(({ id, title }) => [id, title])).toEqual([
    ['a', 'Clip from General'],
    ['b', 'Done'],
  ]);
});

test('a removed clip leaves the list and its count, on whatever page', () => {
  const left = withoutClip(pages, 'c');
  expect(hasClip(left, 'c')).toBe(false);
  expect(left.pages.map(({ total }) => total)).toEqual([2, 2]);
});

test('one that isn’t listed changes nothing', () => {
  expect(withoutClip(pages, 'x')).toBe(pages);
});
