/** One segment of a buffer as true wall-clock time. Times are epoch ms. */
export interface Piece {
  sessionId: string;
  /** Absolute path of the segment file. */
  path: string;
  /** How much of the file belongs to the piece; the file of an open segment may already be longer. */
  sizeBytes: number;
  /** Absolute path of the init segment (EXT-X-MAP); null for MPEG-TS. */
  initPath: string | null;
  /** Equal for pieces that can be joined without re-encoding: a hash of the codec configuration. */
  codecKey: string;
  fromMs: number;
  toMs: number;
  /** True where timestamps or the codec configuration don't continue those of the piece before it. */
  isDiscontinuity: boolean;
}

/** The captureable past of one user in one channel, over all sessions in grace, oldest first, never overlapping. */
export type Timeline = readonly Piece[];
