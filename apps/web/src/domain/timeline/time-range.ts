import { SECOND } from '@hindsight/shared/units';

/** A part of a timeline, in and out, in ms from the timeline's start. */
export type TimeRange = readonly [inMs: number, outMs: number];
export type RangeEdge = 'in' | 'out';

export interface RangeLimits {
  durationMs: number;
  /** Neither edge comes closer to the other than this. */
  minLengthMs: number;
}

const PAGE_MS = 10 * SECOND;

/** The range with one edge moved to a time; the other edge stays where it is and stops it. */
export function moveEdge(
  [inMs, outMs]: TimeRange,
  edge: RangeEdge,
  toMs: number,
  { durationMs, minLengthMs }: RangeLimits,
): TimeRange {
  const wantedMs = Math.round(Math.min(durationMs, Math.max(0, toMs)));
  if (edge === 'in') return [Math.max(0, Math.min(wantedMs, outMs - minLengthMs)), outMs];
  return [inMs, Math.min(durationMs, Math.max(wantedMs, inMs + minLengthMs))];
}

/**
 * The range with an edge set where the playhead is. Beyond the other edge the new one wins: the other goes to the
 * timeline's end, as in every editor.
 */
export function setEdgeAt(range: TimeRange, edge: RangeEdge, atMs: number, limits: RangeLimits): TimeRange {
  const [inMs, outMs] = range;
  const isBeyond = edge === 'in' ? atMs > outMs - limits.minLengthMs : atMs < inMs + limits.minLengthMs;
  if (!isBeyond) return moveEdge(range, edge, atMs, limits);
  return moveEdge(edge === 'in' ? [inMs, limits.durationMs] : [0, outMs], edge, atMs, limits);
}

/** Where a key on a handle takes it; null for keys that aren't a handle's. */
export function keyedEdgeMs(
  { key, shiftKey }: { key: string; shiftKey: boolean },
  nowMs: number,
  { stepMs, shiftStepMs, durationMs }: { stepMs: number; shiftStepMs: number; durationMs: number },
): number | null {
  const step = shiftKey ? shiftStepMs : stepMs;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return nowMs - step;
    case 'ArrowRight':
    case 'ArrowUp':
      return nowMs + step;
    case 'PageDown':
      return nowMs - PAGE_MS;
    case 'PageUp':
      return nowMs + PAGE_MS;
    case 'Home':
      return 0;
    case 'End':
      return durationMs;
    default:
      return null;
  }
}
