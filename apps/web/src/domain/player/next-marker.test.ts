import { expect, test } from 'vitest';
import { nextMarkerMs } from './next-marker.ts';

test('back from shortly after a marker leads to the one before', () => {
  expect(nextMarkerMs([10_000, 30_000], 30_900, -1)).toBe(10_000);
  expect(nextMarkerMs([10_000, 30_000], 40_000, -1)).toBe(30_000);
  expect(nextMarkerMs([10_000], 5000, -1)).toBeNull();
});
