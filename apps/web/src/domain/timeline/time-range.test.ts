import { expect, test } from 'vitest';
import { keyedEdgeMs, moveEdge, setEdgeAt, type RangeEdge, type TimeRange } from './time-range.ts';

const limits = { durationMs: 60_000, minLengthMs: 500 };

test.each<[RangeEdge, number, TimeRange]>([
  ['in', 12_000, [12_000, 40_000]],
  ['in', -3000, [0, 40_000]],
  ['in', 39_900, [39_500, 40_000]],
  ['out', 55_000, [10_000, 55_000]],
  ['out', 70_000, [10_000, 60_000]],
  ['out', 5000, [10_000, 10_500]],
  ['out', 33_333.4, [10_000, 33_333]],
])('%s moved to %d ms gives %j', (edge, toMs, range) => {
  expect(moveEdge([10_000, 40_000], edge, toMs, limits)).toEqual(range);
});

test.each<[RangeEdge, number, TimeRange]>([
  ['in', 20_000, [20_000, 40_000]],
  ['in', 50_000, [50_000, 60_000]],
  ['in', 60_000, [59_500, 60_000]],
  ['out', 20_000, [10_000, 20_000]],
  ['out', 5000, [0, 5000]],
  ['out', 0, [0, 500]],
])('%s set at the playhead at %d ms gives %j', (edge, atMs, range) => {
  expect(setEdgeAt([10_000, 40_000], edge, atMs, limits)).toEqual(range);
});

const steps = { stepMs: 33, shiftStepMs: 1000, durationMs: 60_000 };

test.each([
  ['ArrowRight', false, 10_033],
  ['ArrowLeft', true, 9000],
  ['ArrowUp', true, 11_000],
  ['PageDown', false, 0],
  ['Home', false, 0],
  ['End', false, 60_000],
  ['x', false, null],
])('%s (Shift: %s) leads from 10 s to %d', (key, shiftKey, toMs) => {
  expect(keyedEdgeMs({ key, shiftKey }, 10_000, steps)).toBe(toMs);
});
