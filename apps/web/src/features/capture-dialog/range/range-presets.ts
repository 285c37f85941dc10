import { CAPTURE_MINUTES } from '@hindsight/shared/replay';
import { MINUTE } from '@hindsight/shared/units';
import { formatLength } from '../../../format/format-length.ts';
import type { TimeRange } from '../../../domain/timeline/time-range.ts';

export interface RangePreset {
  label: string;
  range: TimeRange;
}

/** The one-click lengths that are shorter than what is there, up to its end, and all of it. */
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

/** What is chosen when the dialog opens: the last minute. */
export function firstRange(durationMs: number): TimeRange {
  return [Math.max(0, durationMs - MINUTE), durationMs];
}
