import { writeSegments } from '@hindsight/mp4/testing/written-segments';
import type { Timeline } from '../../buffer/piece.ts';
import { pieces } from '../../buffer/testing/pieces.ts';

/** Writes pieces of four seconds, with ten pictures and fifty audio packets per second that can't be decoded. */
export async function writePieces(directory: string, startMs: number, count: number): Promise<Timeline> {
  const segments = await writeSegments(directory, count);
  return pieces('a', startMs, count).map((piece, index) => ({ ...piece, ...segments[index] }));
}
