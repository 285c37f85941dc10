interface Span {
  fromMs: number;
  toMs: number;
}

/** Divides a timeline into equal parts and returns the piece in the middle of each; null in a gap. */
export function stillsForTimeline<T extends Span>(
  pieces: readonly T[],
  durationMs: number,
  count: number,
): (T | null)[] {
  return Array.from({ length: count }, (_, index) => {
    const middleMs = ((index + 0.5) / count) * durationMs;
    return pieces.find(({ fromMs, toMs }) => fromMs <= middleMs && middleMs < toMs) ?? null;
  });
}
