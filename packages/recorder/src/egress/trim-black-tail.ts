import { SECOND } from '@hindsight/shared/units';
import type { EgressSegment } from './egress-segments.ts';

/**
 * Measures for how long the end of a recording is both black and silent, in ms. `segments` are its newest ones, oldest first,
 * with absolute paths.
 */
export type MeasureBlackTail = (segments: readonly { path: string; durationMs: number }[]) => Promise<number>;

/** LiveKit gives a vanished publisher up after some 20 s, during which egress records black and silence. */
const MIN_MS = 15 * SECOND;
const MAX_MS = 30 * SECOND;

/**
 * Returns where a recording whose publisher vanished really ends (epoch ms); null when its end isn't the black that this
 * leaves. A screen that was black for longer was black while it was shared.
 */
export async function blackTailCut(
  segments: readonly EgressSegment[],
  pathOf: (file: string) => string,
  measure: MeasureBlackTail,
): Promise<number | null> {
  const endMs = segments.at(-1)?.toMs;
  if (endMs === undefined) return null;
  const tail = segments.filter(({ toMs }) => toMs > endMs - MAX_MS - SECOND);
  const blackMs = await measure(
    tail.map(({ file, fromMs, toMs }) => ({ path: pathOf(file), durationMs: toMs - fromMs })),
  );
  return blackMs >= MIN_MS && blackMs <= MAX_MS ? endMs - blackMs : null;
}
