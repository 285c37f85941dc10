import { basename } from 'node:path';
import type { Piece } from '../buffer/piece.ts';

/** What is remembered of a piece is remembered by this: an open piece grows, and then it's another one. */
export function pieceKey({ sessionId, path, sizeBytes }: Piece): string {
  return `${sessionId}/${basename(path)}/${sizeBytes}`;
}
