import { SECOND } from '@hindsight/shared/units';
import type { Selection } from '../plan/selection.ts';

/** A picture that stands still for less than this at the end of a clip is not worth a word. */
const NOTICED_MS = SECOND;

/**
 * Returns the time (ISO) of the last picture of a clip that ends at `toMs` (epoch ms), when newer ones are known to be missing while
 * its sound goes on; otherwise null. A screen on which nothing changes has no newer picture, so that none is missing.
 */
export function lastPictureAt({ runs }: Selection, toMs: number): string | null {
  const sinceMs = runs.at(-1)?.pieces.at(-1)?.frozenSinceMs;
  return sinceMs === undefined || toMs - sinceMs < NOTICED_MS ? null : new Date(sinceMs).toISOString();
}
