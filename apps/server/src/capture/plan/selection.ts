import type { Piece, Timeline } from '../../buffer/piece.ts';

/** A stretch of wall-clock time, epoch ms. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/** Pieces that play on from each other without a gap and without decoding, and what of them is wanted. */
export interface Run extends TimeRange {
  pieces: readonly Piece[];
}

/** What the buffer has of a range: the runs in it, oldest first, with the gaps between them left out. */
export interface Selection extends TimeRange {
  runs: readonly Run[];
  /** Of the picture: the runs' lengths together, at most `toMs - fromMs`. */
  durationMs: number;
}

/** Times in playlists are rounded: this much between two pieces is no gap. */
const MAX_ROUNDING_MS = 50;
/** A run of less holds no whole frame at the frame rates of a share, and would only flicker. */
const MIN_RUN_MS = 100;

/** The runs of a timeline that lie in a range; null when there is nothing of it. */
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

/** Whether a piece plays on from another without a gap and without a break in its timestamps or codec configuration. */
export function continues(before: Piece, piece: Piece): boolean {
  return (
    piece.sessionId === before.sessionId &&
    piece.codecKey === before.codecKey &&
    !piece.isDiscontinuity &&
    piece.fromMs - before.toMs <= MAX_ROUNDING_MS
  );
}

/** Whether the runs can be joined as they are: one set of codec parameters decodes them all. */
export function isOneCodec(runs: readonly Run[]): boolean {
  return new Set(runs.map((run) => run.pieces[0]?.codecKey)).size <= 1;
}
