export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which a fraction of all values is. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
