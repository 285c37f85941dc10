import { MINUTE } from '@hindsight/shared/units';

/** How long buffers live. All in milliseconds. */
export interface BufferPolicy {
  /** How much of the past can be captured. */
  windowMs: number;
  /** How much is kept: the window and a margin, so that a capture never races with retention. */
  keepMs: number;
  /** How long the buffer of an ended session can still be captured. */
  graceMs: number;
}

/** Whose buffer in which channel: what a timeline spans, whatever sessions it was recorded by. */
export interface BufferKey {
  userId: string;
  channelId: string;
}

/** Buffers outlive what can be captured of them by at least this: a press in the last moment is still being accepted. */
const LEAST_MARGIN_MS = 1 * MINUTE;

/** How much longer pieces are there than anybody is told, so that neither a capture nor an open dialog races with retention. */
export function keptMarginMs({ keepMs, windowMs }: BufferPolicy): number {
  return Math.max(keepMs - windowMs, LEAST_MARGIN_MS);
}
