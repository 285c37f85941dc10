import type { Piece, Timeline } from '../buffer/piece.ts';
import { continues } from '../capture/plan/selection.ts';

/** Starting ffmpeg costs as much as sketching a few pieces, but a request for one piece waits for its whole batch. */
const BATCH_PIECES = 8;

/**
 * Returns the pieces around one that are sketched with it: those that play on from each other and aren't sketched yet.
 */
export function batchAround(
  timeline: Timeline,
  piece: Piece,
  isSketched: (piece: Piece) => boolean,
): readonly Piece[] {
  const batches: Piece[][] = [];
  for (const candidate of timeline) {
    const batch = batches.at(-1);
    const before = batch?.at(-1);
    if (
      batch !== undefined &&
      before !== undefined &&
      batch.length < BATCH_PIECES &&
      continues(before, candidate) &&
      !isSketched(before) &&
      !isSketched(candidate)
    )
      batch.push(candidate);
    else batches.push([candidate]);
  }
  return batches.find((batch) => batch.includes(piece)) ?? [piece];
}
