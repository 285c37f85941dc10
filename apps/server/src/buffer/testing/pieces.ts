import type { Piece } from '../piece.ts';

/** Returns pieces of four seconds and 1 MB that follow each other, as a recorder would have written them. */
export function pieces(
  sessionId: string,
  fromMs: number,
  count: number,
  change: Partial<Piece> = {},
): Piece[] {
  return Array.from({ length: count }, (_, index) => ({
    sessionId,
    path: `/buffer/${sessionId}/seg_${index}.m4s`,
    sizeBytes: 1_000_000,
    initPath: `/buffer/${sessionId}/init_0.mp4`,
    codecKey: 'h264 720p',
    fromMs: fromMs + index * 4000,
    toMs: fromMs + (index + 1) * 4000,
    isDiscontinuity: false,
    ...change,
  }));
}
