import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EgressSegments } from './egress-segments.ts';

/** A recording of 62 s in 16 segments of 4 s, and the time at which its first frame was really drawn. */
const FULL = readFileSync(new URL('../../fixtures/playlists/egress-4s-full.m3u8', import.meta.url), 'utf8');
const FIRST_FRAME_MS = 1795246845900;

const SNAPSHOTS = readFileSync(
  new URL('../../fixtures/playlists/egress-4s-snapshots.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { f: string; c: string });

function whole(): EgressSegments {
  const segments = new EgressSegments();
  segments.setFirstFrame(FIRST_FRAME_MS);
  segments.take({ full: FULL, live: '' });
  return segments;
}
const filesOf = (segments: EgressSegments) => segments.all.map(({ file }) => file);

describe("an egress' segments", () => {
  it('are on the true clock: the first frame and each segment are at the time at which they were drawn', () => {
    const { all, endMs } = whole();
    expect(all).toHaveLength(16);
    expect(all[0]).toEqual({
      file: 'segment_20261121074047072.ts',
      fromMs: FIRST_FRAME_MS,
      toMs: FIRST_FRAME_MS + 4000,
    });
    // The time is that of the clock in the first picture of the thirteenth segment, as it was decoded.
    const drawnMs = Date.parse('2026-11-21T07:41:33.887Z');
    expect(Math.abs((all[12]?.fromMs ?? 0) - drawnMs)).toBeLessThan(30);
    expect(endMs).toBe(FIRST_FRAME_MS + 15 * 4000 + 2100);
  });

  it('have no time before the first frame is known', () => {
    const segments = new EgressSegments();
    expect(segments.isClockMissing).toBe(false);
    segments.take({ full: FULL, live: '' });
    expect([segments.isClockMissing, segments.all, segments.endMs]).toEqual([true, [], null]);
    segments.setFirstFrame(FIRST_FRAME_MS);
    expect([segments.isClockMissing, segments.all.length]).toEqual([false, 16]);
  });

  it('grow with the playlists as they were seen, one at a time', () => {
    const segments = new EgressSegments();
    segments.setFirstFrame(FIRST_FRAME_MS);
    const counts = SNAPSHOTS.map(({ f, c }) => {
      segments.take(f === 'full.m3u8' ? { full: c, live: '' } : { full: '', live: c });
      return segments.all.length;
    });
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(filesOf(segments)).toEqual(filesOf(whole()).slice(0, segments.all.length));
    expect(segments.all.length).toBeGreaterThanOrEqual(14);
  });

  it('are read from a half-written playlist, without any that is not in it', () => {
    fc.assert(
      fc.property(fc.nat({ max: FULL.length }), fc.nat({ max: FULL.length }), (a, b) => {
        const segments = new EgressSegments();
        segments.setFirstFrame(FIRST_FRAME_MS);
        segments.take({ full: FULL.slice(0, a), live: '' });
        segments.take({ full: FULL.slice(0, b), live: '' });
        expect(filesOf(segments)).toEqual(filesOf(whole()).slice(0, segments.all.length));
        segments.take({ full: FULL, live: '' });
        expect(segments.all).toEqual(whole().all);
      }),
    );
  });

  it('of long recordings come from the live playlist while the full one is out of date', () => {
    const entries = FULL.split('#EXT-X-PROGRAM-DATE-TIME').slice(1);
    const head = FULL.slice(0, FULL.indexOf('#EXT-X-PROGRAM-DATE-TIME'));
    const list = (from: number, to: number) =>
      head +
      entries
        .slice(from, to)
        .map((entry) => `#EXT-X-PROGRAM-DATE-TIME${entry}`)
        .join('');
    const segments = new EgressSegments();
    segments.setFirstFrame(FIRST_FRAME_MS);
    segments.take({ full: list(0, 8), live: list(3, 8) });
    segments.take({ full: list(0, 8), live: list(8, 13) });
    expect(filesOf(segments)).toEqual(filesOf(whole()).slice(0, 13));
    segments.take({ full: FULL, live: '' });
    expect(segments.all).toEqual(whole().all);
  });

  it('are dropped when retention has deleted them, but not when they are not visible yet', () => {
    const segments = whole();
    const names = filesOf(segments);
    segments.dropDeleted(new Set());
    expect([segments.all.length, segments.dropped]).toEqual([16, 0]);
    segments.dropDeleted(new Set(names));
    segments.dropDeleted(new Set(names.slice(3)));
    expect([filesOf(segments), segments.dropped]).toEqual([names.slice(3), 3]);
    // Egress goes on listing them.
    segments.take({ full: FULL, live: '' });
    expect(filesOf(segments)).toEqual(names.slice(3));
    expect(segments.all[0]?.fromMs).toBe(FIRST_FRAME_MS + 12_000);
  });

  it('end where they are cut', () => {
    const segments = whole();
    segments.cutAt(FIRST_FRAME_MS + 41_500);
    expect(segments.all).toHaveLength(11);
    expect(segments.endMs).toBe(FIRST_FRAME_MS + 41_500);
    segments.cutAt(FIRST_FRAME_MS + 40_010);
    expect(segments.endMs).toBe(FIRST_FRAME_MS + 40_000);
  });
});
