import { basename } from 'node:path';
import type { Piece, Timeline } from '../buffer/piece.ts';
import { continues } from '../capture/plan/selection.ts';

/** The range is the part of a timeline that a preview shows. The same playlist can be made from it again later. */
export interface FrozenRange {
  fromMs: number;
  toMs: number;
  /** This much of the last piece is shown, because its file grows while it is recorded. */
  lastBytes: number;
}

/** Returns a piece's name in URLs: `{session}/{file}`. */
export function pieceName({ sessionId, path }: Pick<Piece, 'sessionId' | 'path'>): string {
  return `${sessionId}/${basename(path)}`;
}

/** Returns the range of a whole timeline as it is now, or null when it is empty. */
export function freeze(timeline: Timeline): FrozenRange | null {
  const first = timeline[0];
  const last = timeline.at(-1);
  if (first === undefined || last === undefined) return null;
  return { fromMs: first.fromMs, toMs: last.toMs, lastBytes: last.sizeBytes };
}

/** Returns the pieces of a frozen range, as they were then. */
export function frozenPieces(timeline: Timeline, { fromMs, toMs, lastBytes }: FrozenRange): Piece[] {
  return timeline
    .filter((piece) => piece.fromMs >= fromMs && piece.fromMs < toMs)
    .map((piece) =>
      piece.toMs < toMs ? piece : { ...piece, toMs, sizeBytes: Math.min(piece.sizeBytes, lastBytes) },
    );
}

/**
 * Returns a VOD playlist (RFC 8216) of pieces, with URIs relative to its own. Where a piece doesn't play on from the one
 * before (another session, a gap, another codec configuration) it has a discontinuity, so that players close the gap.
 * Pieces with an init segment in `convertedInits` are listed by their conversions.
 */
export function previewPlaylist(
  pieces: readonly Piece[],
  convertedInits: ReadonlySet<string> = new Set(),
): string {
  const longestMs = Math.max(0, ...pieces.map((piece) => piece.toMs - piece.fromMs));
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXT-X-TARGETDURATION:${Math.ceil(longestMs / 1000)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
  ];
  for (const [index, piece] of pieces.entries()) {
    const before = pieces[index - 1];
    if (before !== undefined && !continues(before, piece)) lines.push('#EXT-X-DISCONTINUITY');
    const isConverted = piece.initPath !== null && convertedInits.has(piece.initPath);
    if (isConverted) lines.push(`#EXT-X-MAP:URI="${conversionUri(piece, 'init.mp4')}"`);
    else if (piece.initPath !== null && piece.initPath !== before?.initPath)
      lines.push(`#EXT-X-MAP:URI="${pieceName({ ...piece, path: piece.initPath })}"`);
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(piece.fromMs).toISOString()}`,
      `#EXTINF:${((piece.toMs - piece.fromMs) / 1000).toFixed(3)},`,
    );
    // Only the last piece's file may be longer than what is shown.
    if (index === pieces.length - 1 && !isConverted) lines.push(`#EXT-X-BYTERANGE:${piece.sizeBytes}@0`);
    lines.push(isConverted ? conversionUri(piece, 'media.m4s') : pieceName(piece));
  }
  lines.push('#EXT-X-ENDLIST', '');
  return lines.join('\n');
}

/** Returns the URI of a piece's conversion, up to the size that the piece had when the playlist was made. */
function conversionUri(piece: Piece, part: 'init.mp4' | 'media.m4s'): string {
  return `${pieceName(piece)}/h264/${piece.sizeBytes}/${part}`;
}
