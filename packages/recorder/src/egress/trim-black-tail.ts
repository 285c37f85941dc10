import { SECOND } from '@hindsight/shared/units';
import type { EgressSegment } from './egress-segments.ts';
import type { ShareState } from './share-state.ts';

/**
 * Measures for how long the end of a recording is both black and silent, in ms. `segments` are its newest ones, oldest first,
 * with absolute paths.
 */
export type MeasureBlackTail = (segments: readonly { path: string; durationMs: number }[]) => Promise<number>;

/** A share that ends leaves this much black at most, while egress ends as well: 0.2 to 0.6 s were measured. */
const MAX_ENDED_MS = 2 * SECOND;
/** LiveKit gives a vanished publisher up after some 20 s, during which egress records black and silence. */
const MIN_VANISHED_MS = 15 * SECOND;
const MAX_VANISHED_MS = 30 * SECOND;
/**
 * So much before it is cut off too: the black is measured at 25 pictures a second, and may begin up to a picture earlier; and a
 * copy of egress' 30 ends with the pictures that its last ones need, which are up to four later.
 */
const MARGIN_MS = 175;

/** The black that the end of a share leaves in its recording. */
export interface BlackTail {
  /** The recording ends then (epoch ms), just before it begins. */
  cutMs: number;
  /** It is as long as LiveKit waits for a publisher who has lost the connection. */
  hasVanished: boolean;
}

/**
 * Finds the black that the end of a share left at the end of its recording; null when there is none. A screen that was black
 * for longer was black while it was shared, as may be one that is still shared.
 */
export async function findBlackTail(
  { segments, share }: { segments: readonly EgressSegment[]; share: ShareState },
  pathOf: (file: string) => string,
  measure: MeasureBlackTail,
): Promise<BlackTail | null> {
  const endMs = segments.at(-1)?.toMs;
  if (endMs === undefined || share === 'on') return null;
  // A publisher who is still in the room has not vanished.
  const longestMs = share === 'unpublished' ? MAX_ENDED_MS : MAX_VANISHED_MS;
  const tail = segments.filter(({ toMs }) => toMs > endMs - longestMs - SECOND);
  const blackMs = await measure(
    tail.map(({ file, fromMs, toMs }) => ({ path: pathOf(file), durationMs: toMs - fromMs })),
  );
  const isEnded = blackMs > 0 && blackMs <= MAX_ENDED_MS;
  const hasVanished = blackMs >= MIN_VANISHED_MS && blackMs <= longestMs;
  return isEnded || hasVanished ? { cutMs: endMs - blackMs - MARGIN_MS, hasVanished } : null;
}
