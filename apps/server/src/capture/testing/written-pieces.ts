import { writeSegments } from '@hindsight/mp4/testing/written-segments';
import type { Timeline } from '../../buffer/piece.ts';
import { pieces } from '../../buffer/testing/pieces.ts';

/** Pieces of four seconds on disk, of ten pictures and fifty packets a second, that nobody can see or hear. */
export async function writePieces(directory: string, startMs: number, count: number): Promise<Timeline> {
  const segments = await writeSegments(directory, count);
  return pieces('a', startMs, count).map((piece, index) => ({ ...piece, ...segments[index] }));
}
