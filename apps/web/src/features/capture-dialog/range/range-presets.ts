import { CAPTURE_MINUTES } from '@hindsight/shared/replay/replay';
import { MINUTE } from '@hindsight/shared/units';
import { formatLength } from '../../../format/format-length.ts';
import type { TimeRange } from '../../../domain/timeline/time-range.ts';

export interface RangePreset {
  label: string;
  range: TimeRange;
}

/** Returns the one-click lengths that are shorter than the buffer, each up to its end, and the whole buffer. */
export function rangePresets(durationMs: number): RangePreset[] {
  const shorter = CAPTURE_MINUTES.filter((minutes) => minutes * MINUTE < durationMs);
  return [
    ...shorter.map((minutes) => ({
      label: `${minutes} min`,
      range: [durationMs - minutes * MINUTE, durationMs] as const,
    })),
    { label: `All ${formatLength(durationMs)}`, range: [0, durationMs] },
  ];
}

/** Returns the range that is selected when the dialog opens: the last minute. */
export function firstRange(durationMs: number): TimeRange {
  return [Math.max(0, durationMs - MINUTE), durationMs];
}
