/** A piece is one segment of a buffer, in true wall-clock time. Times are epoch milliseconds. */
export interface Piece {
  sessionId: string;
  /** The path of the segment file is absolute. */
  path: string;
  /** This many bytes of the file belong to the piece. The file of an open segment may already be longer. */
  sizeBytes: number;
  /** The path of the init segment (EXT-X-MAP) is absolute. It is null for MPEG-TS. */
  initPath: string | null;
  /** The key is a hash of the codec configuration. Pieces with equal keys can be joined without re-encoding. */
  codecKey: string;
  fromMs: number;
  toMs: number;
  /** It is true where timestamps or the codec configuration don't continue those of the piece before. */
  isDiscontinuity: boolean;
  /** The piece is MPEG-TS without a track of sound. Pieces of other formats tell by their index. */
  isSilent?: true;
  /** Pictures are missing from this time to the end of the piece; undefined when none is known to be. */
  frozenSinceMs?: number;
}

/**
 * A timeline is all that can be captured of one user in one channel: the pieces of all running sessions and of those in
 * grace, oldest first, never overlapping.
 */
export type Timeline = readonly Piece[];
