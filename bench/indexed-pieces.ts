import { appendFile, readFile } from 'node:fs/promises';
import type { SyntheticPiece } from '@hindsight/rig/media/synthetic-buffer';
import { indexOf } from '@hindsight/mp4/testing/samples';

/** Ends synthetic segments as the recorder ends its own: with their index. */
export function appendIndexes(pieces: readonly SyntheticPiece[]): Promise<SyntheticPiece[]> {
  return Promise.all(
    pieces.map(async (piece) => {
      const index = indexOf(await readFile(piece.path));
      await appendFile(piece.path, index);
      return { ...piece, sizeBytes: piece.sizeBytes + index.length };
    }),
  );
}
