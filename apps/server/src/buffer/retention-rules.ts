import type { Piece } from './piece.ts';

/** A kept buffer is that of one session, with the time from which unfinished captures need it. */
export interface KeptBuffer {
  /** All sessions of one user in one channel share this key, because together they are one buffer to that user. */
  key: string;
  pieces: readonly Piece[];
  /** Unfinished captures need the buffer from this time on (epoch ms). It is infinite when none does. */
  neededFromMs: number;
}

/** Returns the pieces that end before a moment (epoch ms) and that no unfinished capture needs. */
export function deletablePieces(
  { pieces, neededFromMs }: Omit<KeptBuffer, 'key'>,
  keepFromMs: number,
): Piece[] {
  return pieces.filter((piece) => piece.toMs <= keepFromMs && piece.toMs <= neededFromMs);
}

/**
 * Returns the time (epoch ms) before which a session's voices can go: they are kept as long as the pictures that they belong to.
 * @param pieces those that are still kept
 */
export function voicesKeptFromMs(
  { pieces, neededFromMs }: Omit<KeptBuffer, 'key'>,
  keepFromMs: number,
): number {
  return Math.min(neededFromMs, Math.max(keepFromMs, pieces[0]?.fromMs ?? -Infinity));
}

/**
 * Returns the oldest pieces of all buffers that together free so many bytes, or fewer when not enough may be deleted. The
 * newest `leastKeptMs` of each user's buffer stay, and everything that unfinished captures need.
 */
export function piecesToFree(
  buffers: readonly KeptBuffer[],
  shortfallBytes: number,
  leastKeptMs: number,
): Piece[] {
  const newestMs = new Map<string, number>();
  for (const { key, pieces } of buffers)
    newestMs.set(key, Math.max(newestMs.get(key) ?? 0, ...pieces.slice(-1).map((piece) => piece.toMs)));

  const candidates = buffers
    .flatMap((buffer) => deletablePieces(buffer, (newestMs.get(buffer.key) ?? 0) - leastKeptMs))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const drop: Piece[] = [];
  let freedBytes = 0;
  for (const piece of candidates) {
    if (freedBytes >= shortfallBytes) break;
    drop.push(piece);
    freedBytes += piece.sizeBytes;
  }
  return drop;
}
