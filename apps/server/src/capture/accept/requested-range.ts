import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { Timeline } from '../../buffer/piece.ts';
import type { TimeRange } from '../plan/selection.ts';

/** The request asks for the last minutes or seconds, or for a range. */
export interface RangeRequest {
  lastMinutes?: number | undefined;
  lastSeconds?: number | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** Returns how much before its end a request is about, in ms; null when it names a range. */
export function requestedMs({ lastMinutes, lastSeconds }: RangeRequest): number | null {
  if (lastMinutes === undefined && lastSeconds === undefined) return null;
  return (lastMinutes ?? 0) * MINUTE + (lastSeconds ?? 0) * SECOND;
}

/**
 * Returns the wall-clock range that a request means. "The last five minutes" end at the request while the share is
 * recorded. After the share they end where the buffer does, because users then mean the last five minutes of the share.
 */
export function requestedRange(
  request: RangeRequest,
  { timeline, isLive, pressedAtMs }: { timeline: Timeline; isLive: boolean; pressedAtMs: number },
): TimeRange {
  const lastMs = requestedMs(request);
  if (lastMs !== null) {
    const endMs = timeline.at(-1)?.toMs ?? pressedAtMs;
    const toMs = isLive ? pressedAtMs : Math.min(pressedAtMs, endMs);
    return { fromMs: toMs - lastMs, toMs };
  }
  const fromMs = Date.parse(request.from ?? '');
  return { fromMs, toMs: Math.min(Date.parse(request.to ?? ''), pressedAtMs) };
}
