import type { Piece } from './piece.ts';

/** A session's buffer, and what unfinished captures need of it. */
export interface KeptBuffer {
  /** The same for all sessions of one user in one channel: one buffer to a person. */
  key: string;
  pieces: readonly Piece[];
  /** From when on unfinished captures need it (epoch ms); infinite when none does. */
  heldFromMs: number;
}

/** The pieces that end before a moment and that no unfinished capture needs. */
export function dispensable({ pieces, heldFromMs }: Omit<KeptBuffer, 'key'>, keepFromMs: number): Piece[] {
  return pieces.filter((piece) => piece.toMs <= keepFromMs && piece.toMs <= heldFromMs);
}

/**
 * The oldest pieces of all buffers that together free so many bytes, or as many as may go: of each person's buffer the
 * newest `leastKeptMs` stay, and all that unfinished captures need.
 */
export function shrinkable(
  buffers: readonly KeptBuffer[],
  shortfallBytes: number,
  leastKeptMs: number,
): Piece[] {
  const newestMs = new Map<string, number>();
  for (const { key, pieces } of buffers)
    newestMs.set(key, Math.max(newestMs.get(key) ?? 0, ...pieces.slice(-1).map((piece) => piece.toMs)));

  const candidates = buffers
    .flatMap((buffer) => dispensable(buffer, (newestMs.get(buffer.key) ?? 0) - leastKeptMs))
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
