import { join } from 'node:path';
import type { PlaylistEntry } from '@hindsight/recorder/segments/playlist-reader';
import type { BufferPolicy } from './buffer-policy.ts';
import type { Piece, Timeline } from './piece.ts';
import type { TransportStreamHead } from './transport-stream.ts';

/** Times in playlists are rounded, so a difference below this is neither a gap nor an overlap. */
const ROUNDING_MS = 50;

/** This is what a segment of MPEG-TS tells of its recording. */
export type TransportStreamFormat = Pick<TransportStreamHead, 'configuration' | 'hasAudio'>;

/** A session's buffer is described here as it is found in its directory. */
export interface SessionBuffer {
  sessionId: string;
  /** The path of the directory is absolute. */
  directory: string;
  entries: readonly PlaylistEntry[];
  /**
   * The sizes are the bytes of each segment file that is present and whole. Segments without an entry are left out of the
   * timeline.
   */
  sizes: ReadonlyMap<string, number>;
  /** The keys are the hashes of readable init segments, by their names in the playlist. */
  codecKeys: ReadonlyMap<string, string>;
  /** This is what segments of MPEG-TS tell of all of them; null when it isn't known. */
  transportStream: TransportStreamFormat | null;
}

/** Returns the pieces of one session whose bytes are all present, oldest first. */
export function sessionPieces({
  sessionId,
  directory,
  entries,
  sizes,
  codecKeys,
  transportStream,
}: SessionBuffer): Piece[] {
  const pieces: Piece[] = [];
  let isHole = false;
  for (const entry of entries) {
    const fileBytes = sizes.get(entry.uri) ?? 0;
    const sizeBytes = entry.completeBytes ?? fileBytes;
    // A recorder doesn't change the configuration of MPEG-TS within a session.
    const codecKey =
      entry.initUri === null
        ? `mpeg-ts ${transportStream?.configuration ?? sessionId}`
        : codecKeys.get(entry.initUri);
    const last = pieces.at(-1);
    const isInOrder = last === undefined || entry.fromMs > last.fromMs;
    if (sizeBytes === 0 || sizeBytes > fileBytes || codecKey === undefined || !isInOrder) {
      isHole = true;
      continue;
    }
    // The next entry's start is exact and a duration is rounded, so a piece ends at the earlier of the two.
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
      ...(entry.initUri === null && isKnownSilent(transportStream) ? { isSilent: true as const } : {}),
      ...(entry.frozenSinceMs === undefined ? {} : { frozenSinceMs: entry.frozenSinceMs }),
    });
    isHole = false;
  }
  return pieces;
}

/** Without a configuration, the segment may not have told of all its tracks. */
function isKnownSilent(format: TransportStreamFormat | null): boolean {
  return format !== null && format.configuration !== null && !format.hasAudio;
}

/** The span says when a session ended, which decides what can be captured and what is kept. */
export interface SessionSpan {
  /** It is null while the session runs. */
  endedAtMs: number | null;
}

/**
 * Returns from when on a session's pieces can be captured at a moment (epoch ms): a sliding window while the session
 * runs, its last window in grace, and infinity after that. The moment may be before the session ended, because a capture
 * is made of what could be captured when it was requested.
 */
export function captureableFromMs({ endedAtMs }: SessionSpan, policy: BufferPolicy, atMs: number): number {
  if (endedAtMs === null) return atMs - policy.windowMs;
  if (atMs >= endedAtMs + policy.graceMs) return Number.POSITIVE_INFINITY;
  return Math.min(atMs, endedAtMs) - policy.windowMs;
}

/** Returns the pieces that end after a moment. The piece that contains the moment is kept whole. */
export function piecesAfter(pieces: readonly Piece[], fromMs: number): Piece[] {
  return pieces.filter((piece) => piece.toMs > fromMs);
}

/**
 * Joins several sessions into one timeline. Where two sessions recorded the same moment, the piece that began first
 * stays: a piece can't be split without decoding it, and less than one piece is lost.
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

/** Returns the stretches without a gap, oldest first, which users see as captureable (epoch ms). */
export function timelineRanges(timeline: Timeline): { fromMs: number; toMs: number }[] {
  const ranges: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of timeline) {
    const last = ranges.at(-1);
    if (last !== undefined && fromMs - last.toMs <= ROUNDING_MS) last.toMs = Math.max(last.toMs, toMs);
    else ranges.push({ fromMs, toMs });
  }
  return ranges;
}
