import { PEAK_MS } from '@hindsight/shared/replay/preview';

/**
 * Joins what is known of how loud somebody is in clips that follow one another, one value for each `PEAK_MS`. They are silent in
 * clips of which nothing is known. Returns null when nothing is known of any.
 */
export function joinLoudness(
  clips: readonly { durationMs: number; loudness: Uint8Array | null }[],
): Uint8Array<ArrayBuffer> | null {
  if (clips.every(({ loudness }) => loudness === null)) return null;
  const totalMs = clips.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const joined = new Uint8Array(Math.ceil(totalMs / PEAK_MS));
  let beforeMs = 0;
  for (const { durationMs, loudness } of clips) {
    const at = Math.round(beforeMs / PEAK_MS);
    beforeMs += durationMs;
    const room = Math.min(Math.round(beforeMs / PEAK_MS), joined.length) - at;
    if (loudness !== null) joined.set(loudness.subarray(0, room), at);
  }
  return joined;
}
