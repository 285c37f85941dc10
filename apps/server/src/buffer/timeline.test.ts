import type { PlaylistEntry } from '@hindsight/recorder/segments/playlist-reader';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { Piece } from './piece.ts';
import {
  captureableFromMs,
  joinSessions,
  piecesAfter,
  sessionPieces,
  timelineRanges,
  type SessionBuffer,
} from './timeline.ts';

const T0 = Date.parse('2026-11-21T10:00:00Z');

function entry(uri: string, fromMs: number, change: Partial<PlaylistEntry> = {}): PlaylistEntry {
  return {
    uri,
    initUri: 'init_0.mp4',
    fromMs: T0 + fromMs,
    durationMs: 4000,
    completeBytes: null,
    isDiscontinuity: false,
    ...change,
  };
}

function session(entries: PlaylistEntry[], change: Partial<SessionBuffer> = {}): SessionBuffer {
  return {
    sessionId: 's1',
    directory: '/buffer/s1',
    entries,
    sizes: new Map(entries.map(({ uri }) => [uri, 1000])),
    codecKeys: new Map([
      ['init_0.mp4', 'small'],
      ['init_1.mp4', 'large'],
    ]),
    transportStream: null,
    ...change,
  };
}

function piece(sessionId: string, fromMs: number, toMs: number, change: Partial<Piece> = {}): Piece {
  return {
    sessionId,
    path: `/buffer/${sessionId}/${fromMs}.m4s`,
    sizeBytes: 1000,
    initPath: `/buffer/${sessionId}/init_0.mp4`,
    codecKey: 'small',
    fromMs: T0 + fromMs,
    toMs: T0 + toMs,
    isDiscontinuity: false,
    ...change,
  };
}

const spans = (pieces: readonly Piece[]) => pieces.map(({ fromMs, toMs }) => [fromMs - T0, toMs - T0]);

describe('the pieces of a session', () => {
  it('are its segments in true time, with absolute paths', () => {
    const [first, second] = sessionPieces(session([entry('a.m4s', 0), entry('b.m4s', 4000)]));
    expect(first).toEqual<Piece>({
      sessionId: 's1',
      path: '/buffer/s1/a.m4s',
      sizeBytes: 1000,
      initPath: '/buffer/s1/init_0.mp4',
      codecKey: 'small',
      fromMs: T0,
      toMs: T0 + 4000,
      isDiscontinuity: false,
    });
    expect(second).toMatchObject({ fromMs: T0 + 4000, isDiscontinuity: false });
  });

  it('leave out missing, empty and truncated files, and mark the discontinuity', () => {
    const entries = [
      entry('a.m4s', 0),
      entry('missing.m4s', 4000),
      entry('b.m4s', 8000),
      entry('empty.m4s', 12_000),
      entry('c.m4s', 16_000),
      entry('open.m4s', 20_000, { completeBytes: 2000 }),
    ];
    const sizes = new Map([
      ['a.m4s', 10],
      ['b.m4s', 10],
      ['empty.m4s', 0],
      ['c.m4s', 10],
      ['open.m4s', 1999],
    ]);
    const pieces = sessionPieces(session(entries, { sizes }));
    expect(spans(pieces)).toEqual([
      [0, 4000],
      [8000, 12_000],
      [16_000, 20_000],
    ]);
    expect(pieces.map(({ isDiscontinuity }) => isDiscontinuity)).toEqual([false, true, true]);
  });

  it('count only the complete bytes of an open segment', () => {
    const [open] = sessionPieces(session([entry('a.m4s', 0, { completeBytes: 600, durationMs: 2000 })]));
    expect(open).toMatchObject({ sizeBytes: 600, toMs: T0 + 2000 });
  });

  it('leave out segments whose init segment is gone', () => {
    const entries = [entry('a.m4s', 0, { initUri: 'init_9.mp4' }), entry('b.m4s', 4000)];
    expect(spans(sessionPieces(session(entries)))).toEqual([[4000, 8000]]);
  });

  it('have a discontinuity where the codec configuration changes, and where the recorder says so', () => {
    const entries = [
      entry('a.m4s', 0),
      entry('b.m4s', 4000, { initUri: 'init_1.mp4' }),
      entry('c.m4s', 8000, { initUri: 'init_1.mp4' }),
      entry('d.m4s', 12_000, { initUri: 'init_1.mp4', isDiscontinuity: true }),
    ];
    expect(sessionPieces(session(entries)).map(({ isDiscontinuity }) => isDiscontinuity)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('end where the next one begins when rounded durations overlap', () => {
    const entries = [entry('a.m4s', 0, { durationMs: 4013 }), entry('b.m4s', 4000)];
    expect(spans(sessionPieces(session(entries)))).toEqual([
      [0, 4000],
      [4000, 8000],
    ]);
  });

  it('never go back in time', () => {
    const entries = [entry('a.m4s', 0), entry('late.m4s', -8000), entry('b.m4s', 4000)];
    expect(spans(sessionPieces(session(entries)))).toEqual([
      [0, 4000],
      [4000, 8000],
    ]);
  });

  it('of MPEG-TS can be joined with those of a session of the same configuration, if it is known', () => {
    const entries = [entry('a.ts', 0, { initUri: null }), entry('b.ts', 4000, { initUri: null })];
    const [a, b] = sessionPieces(session(entries));
    const [other] = sessionPieces(session(entries, { sessionId: 's2' }));
    expect(a).toMatchObject({ initPath: null });
    expect(b?.codecKey).toBe(a?.codecKey);
    expect(other?.codecKey).not.toBe(a?.codecKey);
    const [one, same, another] = [
      ['s1', 'small'],
      ['s2', 'small'],
      ['s3', 'large'],
    ].map(
      ([sessionId = '', configuration = '']) =>
        sessionPieces(session(entries, { sessionId, transportStream: { configuration, hasAudio: true } }))[0]
          ?.codecKey,
    );
    expect(same).toBe(one);
    expect(another).not.toBe(one);
  });
});

describe('what can be captured', () => {
  const policy = { windowMs: 10 * MINUTE, keepMs: 12 * MINUTE, graceMs: 10 * MINUTE };
  it('moves with time while the session runs', () => {
    expect(captureableFromMs({ endedAtMs: null }, policy, T0)).toBe(T0 - 10 * MINUTE);
  });
  it('is the last window of an ended session during its grace time', () => {
    const span = { endedAtMs: T0 };
    expect(captureableFromMs(span, policy, T0 + 9 * MINUTE)).toBe(T0 - 10 * MINUTE);
    expect(captureableFromMs(span, policy, T0 + 10 * MINUTE - 1)).toBe(T0 - 10 * MINUTE);
    expect(captureableFromMs(span, policy, T0 + 10 * MINUTE)).toBe(Number.POSITIVE_INFINITY);
  });
  it('stays the same for an earlier moment when the session has ended since', () => {
    expect(captureableFromMs({ endedAtMs: T0 + MINUTE }, policy, T0)).toBe(T0 - 10 * MINUTE);
  });
  it('includes the piece that the window begins in', () => {
    const pieces = [piece('s', 0, 4000), piece('s', 4000, 8000), piece('s', 8000, 12_000)];
    expect(spans(piecesAfter(pieces, T0 + 4001))).toEqual([
      [4000, 8000],
      [8000, 12_000],
    ]);
    expect(spans(piecesAfter(pieces, T0 + 4000))).toHaveLength(2);
    expect(piecesAfter(pieces, Number.POSITIVE_INFINITY)).toEqual([]);
  });
});

describe('the timeline over several sessions', () => {
  it('is oldest first, with a discontinuity where the session changes', () => {
    const timeline = joinSessions([
      [piece('new', 20_000, 24_000)],
      [piece('old', 0, 4000), piece('old', 4000, 8000)],
    ]);
    expect(timeline.map((each) => [each.sessionId, each.isDiscontinuity])).toEqual([
      ['old', false],
      ['old', false],
      ['new', true],
    ]);
  });

  it('never overlaps: of two pieces of the same moment the one that began first stays', () => {
    const timeline = joinSessions([
      [piece('old', 0, 4000), piece('old', 4000, 8000)],
      [piece('new', 6000, 10_000), piece('new', 10_000, 14_000)],
    ]);
    expect(spans(timeline)).toEqual([
      [0, 4000],
      [4000, 8000],
      [10_000, 14_000],
    ]);
  });

  it('ignores differences that are only rounding', () => {
    const timeline = joinSessions([[piece('old', 0, 4010)], [piece('new', 4000, 8000)]]);
    expect(spans(timeline)).toEqual([
      [0, 4000],
      [4000, 8000],
    ]);
  });

  it('is empty without sessions', () => {
    expect(joinSessions([])).toEqual([]);
    expect(joinSessions([[], []])).toEqual([]);
  });
});

describe('the ranges that users see', () => {
  it('join pieces without a gap and show each gap', () => {
    const timeline = [
      piece('a', 0, 4000),
      piece('a', 4010, 8000),
      piece('b', 8000, 12_000),
      piece('b', 12_000 + SECOND, 16_000),
    ];
    expect(timelineRanges(timeline).map(({ fromMs, toMs }) => [fromMs - T0, toMs - T0])).toEqual([
      [0, 12_000],
      [13_000, 16_000],
    ]);
    expect(timelineRanges([])).toEqual([]);
  });
});
