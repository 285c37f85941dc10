import type { Piece, Timeline } from '../../buffer/piece.ts';

/** A range is a stretch of wall-clock time, in epoch milliseconds. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/** A run is a series of pieces that play on without a gap and without decoding, and the range of them that is wanted. */
export interface Run extends TimeRange {
  pieces: readonly Piece[];
}

/** A selection is the part of a range that is in the buffer: its runs, oldest first, without the gaps between them. */
export interface Selection extends TimeRange {
  runs: readonly Run[];
  /** The video is as long as all runs together, at most `toMs - fromMs`. */
  durationMs: number;
}

/** Times in playlists are rounded, so a difference below this is no gap between two pieces. */
const MAX_ROUNDING_MS = 50;
/** A shorter run holds no whole frame at the frame rates of a share, and would only flicker. */
const MIN_RUN_MS = 100;

/** Returns the runs of a timeline that lie in a range, or null when there are none. */
export function select(timeline: Timeline, range: TimeRange): Selection | null {
  const runs: Run[] = [];
  for (const piece of timeline) {
    if (piece.toMs <= range.fromMs || piece.fromMs >= range.toMs) continue;
    const last = runs.at(-1);
    const before = last?.pieces.at(-1);
    const toMs = Math.min(piece.toMs, range.toMs);
    if (last !== undefined && before !== undefined && continues(before, piece)) {
      runs[runs.length - 1] = { ...last, pieces: [...last.pieces, piece], toMs };
    } else {
      runs.push({ pieces: [piece], fromMs: Math.max(piece.fromMs, range.fromMs), toMs });
    }
  }
  const kept = runs.filter((run) => run.toMs - run.fromMs >= MIN_RUN_MS);
  const first = kept[0];
  const last = kept.at(-1);
  if (first === undefined || last === undefined) return null;
  return {
    runs: kept,
    fromMs: first.fromMs,
    toMs: last.toMs,
    durationMs: kept.reduce((sum, run) => sum + run.toMs - run.fromMs, 0),
  };
}

/** Says whether a piece follows another without a gap and without a break in its timestamps or codec configuration. */
export function continues(before: Piece, piece: Piece): boolean {
  return (
    piece.sessionId === before.sessionId &&
    piece.codecKey === before.codecKey &&
    !piece.isDiscontinuity &&
    piece.fromMs - before.toMs <= MAX_ROUNDING_MS
  );
}

/** Says whether one set of codec parameters decodes all runs, so that they can be joined as they are. */
export function isOneCodec(runs: readonly Run[]): boolean {
  return new Set(runs.map((run) => run.pieces[0]?.codecKey)).size <= 1;
}
