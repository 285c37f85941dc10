import { describe, expect, it } from 'vitest';
import { markersInRuns, markersInTrim } from './clip-markers.ts';

describe('markers of a clip', () => {
  it('count from the clip’s start, without the gaps and without marks outside the clip', () => {
    const mark = (atMs: number, label: string | null = null) => ({ at: new Date(atMs), label });
    const marks = [mark(24_000, 'ace'), mark(999), mark(1000), mark(4500), mark(15_000), mark(30_000)];
    const runs = [
      { fromMs: 1000, toMs: 5000 },
      { fromMs: 20_000, toMs: 30_000 },
    ];
    expect(markersInRuns(marks, runs)).toEqual([
      { offsetMs: 0, label: null },
      { offsetMs: 3500, label: null },
      { offsetMs: 8000, label: 'ace' },
    ]);
  });

  it('are carried over to a trim, shifted', () => {
    const markers = [0, 2000, 4999, 5000].map((offsetMs) => ({ offsetMs, label: null }));
    expect(markersInTrim(markers, { fromMs: 2000, toMs: 5000 })).toEqual([
      { offsetMs: 0, label: null },
      { offsetMs: 2999, label: null },
    ]);
  });
});
