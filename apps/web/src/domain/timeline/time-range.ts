import { SECOND } from '@hindsight/shared/units';

/** A range is a part of a timeline, from in to out, in ms from the timeline's start. */
export type TimeRange = readonly [inMs: number, outMs: number];
export type RangeEdge = 'in' | 'out';

export interface RangeLimits {
  durationMs: number;
  /** The two edges never come closer to each other than this. */
  minLengthMs: number;
}

const PAGE_MS = 10 * SECOND;

/** Moves one edge of a range to a time. The other edge stays where it is and stops it. */
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
 * Sets an edge of a range where the playhead is. If that is beyond the other edge, the other edge goes to the end of
 * the timeline, as in every editor.
 */
export function setEdgeAt(range: TimeRange, edge: RangeEdge, atMs: number, limits: RangeLimits): TimeRange {
  const [inMs, outMs] = range;
  const isBeyond = edge === 'in' ? atMs > outMs - limits.minLengthMs : atMs < inMs + limits.minLengthMs;
  if (!isBeyond) return moveEdge(range, edge, atMs, limits);
  return moveEdge(edge === 'in' ? [inMs, limits.durationMs] : [0, outMs], edge, atMs, limits);
}

/** Returns the time that a key moves a handle to; null for keys that do not move handles. */
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
