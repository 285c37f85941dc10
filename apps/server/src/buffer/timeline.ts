import { join } from 'node:path';
import type { PlaylistEntry } from '@hindsight/recorder/segments/playlist-reader';
import type { BufferPolicy } from './buffer-policy.ts';
import type { Piece, Timeline } from './piece.ts';

/** Times in playlists are rounded; this much is no gap and no overlap. */
const ROUNDING_MS = 50;

/** A session's buffer as its directory has it. */
export interface SessionBuffer {
  sessionId: string;
  /** Absolute. */
  directory: string;
  entries: readonly PlaylistEntry[];
  /** Bytes of each segment file that is there and whole; what is missing here is left out of the timeline. */
  sizes: ReadonlyMap<string, number>;
  /** Of each readable init segment. */
  codecKeys: ReadonlyMap<string, string>;
}

/** The pieces of one session, oldest first: only those whose bytes are all there. */
export function sessionPieces({ sessionId, directory, entries, sizes, codecKeys }: SessionBuffer): Piece[] {
  const pieces: Piece[] = [];
  let isHole = false;
  for (const entry of entries) {
    const fileBytes = sizes.get(entry.uri) ?? 0;
    const sizeBytes = entry.completeBytes ?? fileBytes;
    // MPEG-TS carries its configuration in each segment; a recorder doesn't change it within a session.
    const codecKey = entry.initUri === null ? `mpeg-ts ${sessionId}` : codecKeys.get(entry.initUri);
    const last = pieces.at(-1);
    const isInOrder = last === undefined || entry.fromMs > last.fromMs;
    if (sizeBytes === 0 || sizeBytes > fileBytes || codecKey === undefined || !isInOrder) {
      isHole = true;
      continue;
    }
    // The next entry's time is exact, a duration is rounded: the earlier of the two ends a piece.
    if (last !== undefined && last.toMs > entry.fromMs) last.toMs = entry.fromMs;
    pieces.push({
      sessionId,
      path: join(directory, entry.uri),
      sizeBytes,
      initPath: entry.initUri === null ? null : join(directory, entry.initUri),
      codecKey,
      fromMs: entry.fromMs,
      toMs: entry.fromMs + entry.durationMs,
      isDiscontinuity: last !== undefined && (isHole || entry.isDiscontinuity || codecKey !== last.codecKey),
    });
    isHole = false;
  }
  return pieces;
}

/** When a session's buffer is of use, for what can be captured and for what is kept. */
export interface SessionSpan {
  /** Null while it runs. */
  endedAtMs: number | null;
}

/**
 * From when on a session's pieces can be captured at a moment: a sliding window while it runs, its last one in grace. The
 * moment may be a while ago, before the session ended: a capture is made of what could be captured at its press.
 */
export function captureableFromMs({ endedAtMs }: SessionSpan, policy: BufferPolicy, atMs: number): number {
  if (endedAtMs === null) return atMs - policy.windowMs;
  if (atMs >= endedAtMs + policy.graceMs) return Number.POSITIVE_INFINITY;
  return Math.min(atMs, endedAtMs) - policy.windowMs;
}

/** The pieces that reach past a moment; the one that it falls into is kept whole. */
export function piecesAfter(pieces: readonly Piece[], fromMs: number): Piece[] {
  return pieces.filter((piece) => piece.toMs > fromMs);
}

/**
 * One timeline over several sessions. Where two of them recorded the same moment, the piece that began first stays:
 * a piece can't be split without decoding it, and the loss is less than one piece.
 */
export function joinSessions(sessions: readonly (readonly Piece[])[]): Timeline {
  const timeline: Piece[] = [];
  for (const piece of sessions.flat().toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = timeline.at(-1);
    if (last !== undefined && piece.fromMs < last.toMs - ROUNDING_MS) continue;
    if (last !== undefined && piece.fromMs < last.toMs)
      timeline[timeline.length - 1] = { ...last, toMs: piece.fromMs };
    const follows = last !== undefined && last.sessionId === piece.sessionId;
    timeline.push(follows ? piece : { ...piece, isDiscontinuity: last !== undefined });
  }
  return timeline;
}

/** The stretches without a gap, oldest first: what a person sees as captureable. */
export function timelineRanges(timeline: Timeline): { fromMs: number; toMs: number }[] {
  const ranges: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of timeline) {
    const last = ranges.at(-1);
    if (last !== undefined && fromMs - last.toMs <= ROUNDING_MS) last.toMs = Math.max(last.toMs, toMs);
    else ranges.push({ fromMs, toMs });
  }
  return ranges;
}
