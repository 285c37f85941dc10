import { expect, test } from 'vitest';
import type { ClipList } from '@hindsight/shared/clips/clip';
import { withClip, withoutClips } from './clip-list-cache.ts';
import { clip, savingClip } from '../../../domain/clip/clip.fixtures.ts';

const page: ClipList = {
  items: [clip({ id: 'a' }), savingClip({ id: 'b' }), clip({ id: 'c' })],
  nextCursor: 'next',
  total: 9,
  hasMore: true,
};

test('a change stands in the clip’s place', () => {
  const changed = withClip(page, clip({ id: 'b', title: 'Done' }));
  expect(changed.items.map(({ id, title }) => [id, title])).toEqual([
    ['a', 'Clip from General'],
    ['b', 'Done'],
    ['c', 'Clip from General'],
  ]);
});

test('removed clips leave the page', () => {
  expect(withoutClips(page, new Set(['a', 'c'])).items.map(({ id }) => id)).toEqual(['b']);
});

test('clips that aren’t listed change nothing', () => {
  expect(withoutClips(page, new Set(['x']))).toBe(page);
  expect(withClip(page, clip({ id: 'x' }))).toBe(page);
});
