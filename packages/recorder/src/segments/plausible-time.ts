/** Media wait some seconds until their clock is known. A time further in the past comes from a broken clock. */
const MAX_AGE_MS = 60_000;

/** Limits a capture time to the last minute: a time that is years off would be filled with as much silence. */
export function plausibleMs(capturedMs: number, nowMs: number): number {
  return Math.min(Math.max(capturedMs, nowMs - MAX_AGE_MS), nowMs);
}
