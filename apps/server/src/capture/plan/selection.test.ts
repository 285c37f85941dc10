import { describe, expect, it } from 'vitest';
import { isOneCodec, select } from './selection.ts';
import { pieces } from '../../buffer/testing/pieces.ts';

const runsOf = (selection: ReturnType<typeof select>) =>
  selection?.runs.map(({ fromMs, toMs, pieces: chosen }) => [fromMs, toMs, chosen.length]);

describe('selection', () => {
  it('takes the pieces that overlap a range, limited to the range', () => {
    const selection = select(pieces('a', 0, 10), { fromMs: 5500, toMs: 13_250 });
    expect(runsOf(selection)).toEqual([[5500, 13_250, 3]]);
    expect(selection).toMatchObject({ fromMs: 5500, toMs: 13_250, durationMs: 7750 });
  });

  it('leaves out pieces that only touch the range at its ends', () => {
    expect(runsOf(select(pieces('a', 0, 10), { fromMs: 4000, toMs: 8000 }))).toEqual([[4000, 8000, 1]]);
  });

  it('takes what is buffered when that is less', () => {
    const selection = select(pieces('a', 10_000, 2), { fromMs: 0, toMs: 60_000 });
    expect(selection).toMatchObject({ fromMs: 10_000, toMs: 18_000, durationMs: 8000 });
  });

  it.each([
    ['nothing is buffered', []],
    ['the range is before the buffer', pieces('a', 100_000, 3)],
    ['the range is behind the buffer', pieces('a', -100_000, 3)],
  ])('is nothing when %s', (_, timeline) => {
    expect(select(timeline, { fromMs: 0, toMs: 10_000 })).toBeNull();
  });

  it('leaves gaps out', () => {
    const timeline = [...pieces('a', 0, 2), ...pieces('a', 11_000, 2)];
    const selection = select(timeline, { fromMs: 2000, toMs: 17_000 });
    expect(runsOf(selection)).toEqual([
      [2000, 8000, 2],
      [11_000, 17_000, 2],
    ]);
    expect(selection).toMatchObject({ fromMs: 2000, toMs: 17_000, durationMs: 12_000 });
  });

  it('starts where the buffer continues when the range starts in a gap', () => {
    const timeline = [...pieces('a', 0, 2), ...pieces('b', 20_000, 2)];
    expect(select(timeline, { fromMs: 10_000, toMs: 22_000 })).toMatchObject({
      fromMs: 20_000,
      toMs: 22_000,
    });
  });

  it.each([
    ['another session', { sessionId: 'b' }],
    ['another codec configuration', { codecKey: 'h264 1080p' }],
    ['a break of the timestamps', { isDiscontinuity: true }],
  ])('starts a new run at %s', (_, change) => {
    const timeline = [...pieces('a', 0, 1), ...pieces('a', 4000, 1, change)];
    expect(runsOf(select(timeline, { fromMs: 0, toMs: 8000 }))).toEqual([
      [0, 4000, 1],
      [4000, 8000, 1],
    ]);
  });

  it('does not take rounding for a gap', () => {
    const timeline = [...pieces('a', 0, 1), ...pieces('a', 4030, 1)];
    expect(runsOf(select(timeline, { fromMs: 0, toMs: 8030 }))).toEqual([[0, 8030, 2]]);
  });

  it('drops a run too short to be seen', () => {
    const timeline = [...pieces('a', 0, 1), ...pieces('b', 5000, 2)];
    expect(runsOf(select(timeline, { fromMs: 3950, toMs: 9000 }))).toEqual([[5000, 9000, 1]]);
  });
});

describe('one codec', () => {
  it.each([
    ['one run', pieces('a', 0, 2), true],
    ['two sessions alike', [...pieces('a', 0, 2), ...pieces('b', 8000, 2)], true],
    ['a change', [...pieces('a', 0, 2), ...pieces('b', 8000, 2, { codecKey: 'vp8' })], false],
  ])('%s', (_, timeline, expected) => {
    expect(isOneCodec(select(timeline, { fromMs: 0, toMs: 16_000 })?.runs ?? [])).toBe(expected);
  });
});
