import { MINUTE, SECOND } from '@hindsight/shared/units';

/** On two cores with nothing else to do, a share is converted this many times faster than it was recorded. */
const USUAL_SPEED = 4;
/** What was seen over less than this says little of the speed. */
const MIN_SEEN_MS = 2 * SECOND;
const MIN_SEEN_FRACTION = 0.02;

/** This is how far a conversion was when it was first seen, and when that was (ms on any clock). */
export interface FirstSeen {
  fraction: number;
  atMs: number;
}

/**
 * Returns how much longer a conversion takes, in ms: at the speed that was seen, or at the usual one before any was.
 * @param durationMs the length of what is converted
 */
export function timeLeftMs(durationMs: number, first: FirstSeen, now: FirstSeen): number {
  const seenMs = now.atMs - first.atMs;
  const done = now.fraction - first.fraction;
  const left = Math.max(0, 1 - now.fraction);
  if (seenMs < MIN_SEEN_MS || done < MIN_SEEN_FRACTION) return (left * durationMs) / USUAL_SPEED;
  return (left * seenMs) / done;
}

/** Tells a time that can't be exact: "about 20 s", "about 3 min". */
export function aboutTime(ms: number): string {
  if (ms <= 50 * SECOND) return `about ${Math.max(5, Math.ceil(ms / SECOND / 5) * 5)} s`;
  return `about ${Math.max(1, Math.round(ms / MINUTE))} min`;
}
