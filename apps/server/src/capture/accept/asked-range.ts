import { MINUTE } from '@hindsight/shared/units';
import type { Timeline } from '../../buffer/piece.ts';
import type { TimeRange } from '../plan/selection.ts';

/** What a capture asks for: the last minutes, or a range. */
export interface RangeRequest {
  lastMinutes?: number | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/**
 * The wall-clock range a request means. "The last five minutes" end at the press while the share is recorded, and where the
 * buffer ends once it isn't: after the share has ended, people mean its last five minutes.
 */
export function askedRange(
  request: RangeRequest,
  { timeline, isLive, pressedAtMs }: { timeline: Timeline; isLive: boolean; pressedAtMs: number },
): TimeRange {
  if (request.lastMinutes !== undefined) {
    const endMs = timeline.at(-1)?.toMs ?? pressedAtMs;
    const toMs = isLive ? pressedAtMs : Math.min(pressedAtMs, endMs);
    return { fromMs: toMs - request.lastMinutes * MINUTE, toMs };
  }
  const fromMs = Date.parse(request.from ?? '');
  return { fromMs, toMs: Math.min(Date.parse(request.to ?? ''), pressedAtMs) };
}
