import { expect, test } from 'vitest';
import { clip } from '../../../domain/clip/clip.fixtures.ts';
import { extended, MAX_SELECTED, NOTHING_SELECTED, rangeTo, toggled, totalBytes } from './clip-selection.ts';

const [a, b] = [clip({ id: 'a', sizeBytes: 10 }), clip({ id: 'b', sizeBytes: 5 })];

test('clips are chosen and let go one by one, with their size', () => {
  const both = toggled(toggled(NOTHING_SELECTED, a, 3), b, 7);
  expect(totalBytes(both)).toBe(15);
  expect([...toggled(both, a, 3).clips.keys()]).toEqual(['b']);
});

test('a range reaches from the last one chosen, either way', () => {
  const selection = toggled(NOTHING_SELECTED, a, 5);
  expect(rangeTo(selection, 9)).toEqual([5, 9]);
  expect(rangeTo(selection, 2)).toEqual([2, 5]);
  expect(rangeTo(NOTHING_SELECTED, 2)).toEqual([2, 2]);
});

test('no more are chosen than can be undone', () => {
  const many = Array.from({ length: MAX_SELECTED + 50 }, (_, index) => clip({ id: `c${index}` }));
  const full = extended(NOTHING_SELECTED, many);
  expect(full.clips.size).toBe(MAX_SELECTED);
  expect(toggled(full, a, 0).clips.size).toBe(MAX_SELECTED);
});
