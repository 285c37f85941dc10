import { describe, expect, test } from 'vitest';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import {
  costBytes,
  keptFromMs,
  keptPart,
  obstacleTo,
  pictureMs,
  toBufferTimeline,
} from './buffer-timeline.ts';
import { preview } from './preview.fixtures.ts';

const timeline = toBufferTimeline(preview);
const quota = { availableBytes: 2500, minLengthMs: 500 };

test('everything is on one timeline that starts with the first picture', () => {
  expect(timeline.durationMs).toBe(28_000);
  expect(timeline.gaps).toEqual([{ fromMs: 8000, toMs: 20_000 }]);
  expect(timeline.markers).toMatchObject([{ offsetMs: 5000, label: 'Goal' }]);
  expect(timeline.pieces[2]).toMatchObject({ key: 's/20000', fromMs: 20_000, toMs: 24_000 });
});

test('gaps are no picture', () => {
  expect(pictureMs(timeline.ranges, [2000, 26_000])).toBe(12_000);
  expect(pictureMs(timeline.ranges, [9000, 19_000])).toBe(0);
});

test('each piece that is touched costs all of it', () => {
  expect(costBytes(timeline.pieces, [3900, 4100])).toBe(2000);
  expect(costBytes(timeline.pieces, [4000, 8000])).toBe(1000);
  expect(costBytes(timeline.pieces, [9000, 19_000])).toBe(0);
});

describe('a dialog that is open for long', () => {
  test('loses pieces when their time has come, and no sooner', () => {
    expect(keptFromMs(timeline.pieces, 28_000)).toBe(0);
    expect(keptFromMs(timeline.pieces, 10 * MINUTE + 4000 - 1)).toBe(0);
    expect(keptFromMs(timeline.pieces, 10 * MINUTE + 4000)).toBe(4000);
    expect(keptFromMs(timeline.pieces, 10 * MINUTE + 9 * SECOND)).toBe(8000);
    expect(keptFromMs(timeline.pieces, 11 * MINUTE)).toBe(28_000);
  });

  test('saves what is left of the selection, if that is a clip', () => {
    expect(keptPart([2000, 7000], 0, 500)).toEqual([2000, 7000]);
    expect(keptPart([2000, 7000], 4000, 500)).toEqual([4000, 7000]);
    expect(keptPart([2000, 7000], 6600, 500)).toBeNull();
  });
});

test.each([
  ['nothing in the way', [0, 8000], null],
  ['more than the quota allows', [0, 24_000], 'too-large'],
  ['a gap', [9000, 19_000], 'empty'],
  ['what is gone', null, 'gone'],
] as const)('what can be saved: %s', (_name, range, obstacle) => {
  expect(obstacleTo(timeline, range, quota)).toBe(obstacle);
});
