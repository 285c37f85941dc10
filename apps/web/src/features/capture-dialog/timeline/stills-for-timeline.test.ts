import { expect, test } from 'vitest';
import { stillsForTimeline } from './stills-for-timeline.ts';

test('stills stand where the middle of their place is recorded', () => {
  const pieces = [
    { key: 'a', fromMs: 0, toMs: 4000 },
    { key: 'b', fromMs: 8000, toMs: 12_000 },
  ];
  expect(stillsForTimeline(pieces, 12_000, 3).map((piece) => piece?.key ?? null)).toEqual(['a', null, 'b']);
});
