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
