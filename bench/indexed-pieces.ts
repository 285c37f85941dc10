import { appendFile, readFile } from 'node:fs/promises';
import type { SyntheticPiece } from '@hindsight/e2e/rig/synthetic-buffer';
import { segmentIndexBox, type IndexedFragment } from '@hindsight/recorder/segment-index';

/** Ends synthetic segments as the recorder ends its own: with their index. */
export function appendIndexes(pieces: readonly SyntheticPiece[]): Promise<SyntheticPiece[]> {
  return Promise.all(
    pieces.map(async (piece) => {
      const index = segmentIndexBox(fragmentsOf(await readFile(piece.path)));
      await appendFile(piece.path, index);
      return { ...piece, sizeBytes: piece.sizeBytes + index.length };
    }),
  );
}

function fragmentsOf(segment: Buffer): IndexedFragment[] {
  const fragments: IndexedFragment[] = [];
  for (let position = 0; position < segment.length;) {
    const end = position + segment.readUInt32BE(position);
    if (segment.toString('latin1', position + 4, position + 8) === 'moof')
      fragments.push({ position, moof: segment.subarray(position, end) });
    position = end;
  }
  return fragments;
}
