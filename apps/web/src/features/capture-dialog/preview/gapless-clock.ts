/**
 * This is a piece of the preview as the player has laid it out: where it starts on the player's clock, and what time it
 * shows.
 */
export interface LaidPiece {
  /** The start is on the player's clock, which runs on without gaps. */
  startSeconds: number;
  /** The times are on the dialog's timeline. */
  fromMs: number;
  toMs: number;
}

/** At the very end there may be no picture; this much before it there is one. */
const END_MARGIN_SECONDS = 0.05;

/** Returns the moment of the timeline that a player shows. */
export function shownMs(pieces: readonly LaidPiece[], playerSeconds: number): number {
  const piece = pieces.findLast(({ startSeconds }) => startSeconds <= playerSeconds) ?? pieces[0];
  if (piece === undefined) return 0;
  const ms = piece.fromMs + (playerSeconds - piece.startSeconds) * 1000;
  return Math.min(piece.toMs, Math.max(piece.fromMs, ms));
}

/** Returns where a player must go to show a moment. In a gap that is the first picture after it. */
export function playerSecondsAt(pieces: readonly LaidPiece[], ms: number): number {
  const piece = pieces.find(({ toMs }) => ms < toMs);
  const last = pieces.at(-1);
  if (piece !== undefined) return piece.startSeconds + Math.max(0, ms - piece.fromMs) / 1000;
  if (last === undefined) return 0;
  return last.startSeconds + (last.toMs - last.fromMs) / 1000 - END_MARGIN_SECONDS;
}
