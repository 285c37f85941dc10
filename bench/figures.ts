export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Returns the value below which the given fraction of all values lies. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** Returns by how much values grow in `ms` milliseconds: the slope of the best-fitting line through `[ms, value]` points. */
export function slopePer(ms: number, points: readonly (readonly [number, number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [atMean, valueMean] = [mean(([at]) => at), mean(([, value]) => value)];
  const covariance = mean(([at, value]) => (at - atMean) * (value - valueMean));
  return (covariance / mean(([at]) => (at - atMean) ** 2)) * ms;
}
