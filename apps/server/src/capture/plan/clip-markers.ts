import type { ClipMarkerDto } from '@hindsight/shared/clips/clip';
import type { TimeRange } from './selection.ts';

/**
 * Turns the marks of a buffer into the markers of a clip of these runs. Offsets count from the clip's start, with the
 * gaps between the runs left out.
 */
export function markersInRuns(
  marks: readonly { at: Date; label: string | null }[],
  runs: readonly TimeRange[],
): ClipMarkerDto[] {
  const markers: ClipMarkerDto[] = [];
  let runStartMs = 0;
  for (const { fromMs, toMs } of runs) {
    for (const { at, label } of marks) {
      const atMs = at.getTime();
      if (atMs >= fromMs && atMs < toMs)
        markers.push({ offsetMs: Math.round(runStartMs + atMs - fromMs), label });
    }
    runStartMs += toMs - fromMs;
  }
  return markers.toSorted((a, b) => a.offsetMs - b.offsetMs);
}

/** Turns a clip's markers into those of a trim of it. */
export function markersInTrim(
  markers: readonly ClipMarkerDto[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): ClipMarkerDto[] {
  return markers
    .filter(({ offsetMs }) => offsetMs >= fromMs && offsetMs < toMs)
    .map(({ offsetMs, label }) => ({ offsetMs: offsetMs - fromMs, label }));
}
