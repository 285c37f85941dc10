import { basename } from 'node:path';
import type { Piece } from '../buffer/piece.ts';

/** Returns the cache key of a piece. It contains the size, because an open piece grows. */
export function pieceCacheKey({ sessionId, path, sizeBytes }: Piece): string {
  return `${sessionId}/${basename(path)}/${sizeBytes}`;
}
