/** A piece of the preview as the player has laid it out: from where on its own clock, and what time it shows. */
export interface LaidPiece {
  /** On the player's clock, which knows no gaps. */
  startSeconds: number;
  /** On the dialog's timeline. */
  fromMs: number;
  toMs: number;
}

/** Just before the end there is still a picture; at the end there may be none. */
const END_MARGIN_SECONDS = 0.05;

/** What moment of the timeline a player shows. */
export function shownMs(pieces: readonly LaidPiece[], playerSeconds: number): number {
  const piece = pieces.findLast(({ startSeconds }) => startSeconds <= playerSeconds) ?? pieces[0];
  if (piece === undefined) return 0;
  const ms = piece.fromMs + (playerSeconds - piece.startSeconds) * 1000;
  return Math.min(piece.toMs, Math.max(piece.fromMs, ms));
}

/** Where a player must go to show a moment; in a gap, to the first picture behind it. */
export function playerSecondsAt(pieces: readonly LaidPiece[], ms: number): number {
  const piece = pieces.find(({ toMs }) => ms < toMs);
  const last = pieces.at(-1);
  if (piece !== undefined) return piece.startSeconds + Math.max(0, ms - piece.fromMs) / 1000;
  if (last === undefined) return 0;
  return last.startSeconds + (last.toMs - last.fromMs) / 1000 - END_MARGIN_SECONDS;
}
