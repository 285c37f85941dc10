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

/**
 * Returns the wall-clock range that a request means. "The last five minutes" end at the request while the share is
 * recorded. After the share they end where the buffer does, because users then mean the last five minutes of the share.
 */
export function requestedRange(
  request: RangeRequest,
  { timeline, isLive, pressedAtMs }: { timeline: Timeline; isLive: boolean; pressedAtMs: number },
): TimeRange {
  const { lastMinutes, lastSeconds } = request;
  if (lastMinutes !== undefined || lastSeconds !== undefined) {
    const endMs = timeline.at(-1)?.toMs ?? pressedAtMs;
    const toMs = isLive ? pressedAtMs : Math.min(pressedAtMs, endMs);
    return { fromMs: toMs - (lastMinutes ?? 0) * MINUTE - (lastSeconds ?? 0) * SECOND, toMs };
  }
  const fromMs = Date.parse(request.from ?? '');
  return { fromMs, toMs: Math.min(Date.parse(request.to ?? ''), pressedAtMs) };
}
