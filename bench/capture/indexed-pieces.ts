import { appendFile, readFile } from 'node:fs/promises';
import type { SyntheticPiece } from '@hindsight/rig/media/synthetic-buffer';
import { indexOf } from '@hindsight/mp4/testing/samples';

/** Appends an index to synthetic segments, as the recorder does to its own. */
export function appendIndexes(pieces: readonly SyntheticPiece[]): Promise<SyntheticPiece[]> {
  return Promise.all(
    pieces.map(async (piece) => {
      const index = indexOf(await readFile(piece.path));
      await appendFile(piece.path, index);
      return { ...piece, sizeBytes: piece.sizeBytes + index.length };
    }),
  );
}
