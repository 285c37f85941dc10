import { MINUTE } from '@hindsight/shared/units';

/** The policy says how long buffers live. All times are in milliseconds. */
export interface BufferPolicy {
  /** This much of the past can be captured. */
  windowMs: number;
  /** This much is kept on disk: the window and a margin, so that a capture never races with retention. */
  keepMs: number;
  /** The buffer of an ended session can still be captured for this long. */
  graceMs: number;
}

/** The key names one user's buffer in one channel. A timeline spans all its sessions. */
export interface BufferKey {
  userId: string;
  channelId: string;
}

/**
 * Buffers are kept at least this much longer than they can be captured, because a request of the last moment may still be
 * under way.
 */
const LEAST_MARGIN_MS = 1 * MINUTE;

/**
 * Returns how much longer pieces stay on disk than users are told, so that neither a capture nor an open dialog races
 * with retention.
 */
export function retentionMarginMs({ keepMs, windowMs }: BufferPolicy): number {
  return Math.max(keepMs - windowMs, LEAST_MARGIN_MS);
}
