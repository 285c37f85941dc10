/** When the person goes back, a marker that was passed less than this ago counts as the present one. */
const JUST_PASSED_MS = 1500;

/** Returns the next marker in a direction; null when there is none. */
export function nextMarkerMs(markersMs: readonly number[], nowMs: number, direction: 1 | -1): number | null {
  // A seek lands some ms away from the asked moment.
  if (direction === 1) return markersMs.find((markerMs) => markerMs > nowMs + 50) ?? null;
  return markersMs.findLast((markerMs) => markerMs < nowMs - JUST_PASSED_MS) ?? null;
}
