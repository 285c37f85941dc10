import type { PressLengths } from '@hindsight/shared/replay/lengths';

const SHOWN = 3;

/** Returns the three lengths that there is room for: the default one and those beside it, the shortest first. */
export function popOutLengths({ defaultSeconds, buttonSeconds }: PressLengths): number[] {
  const all = [...new Set([...buttonSeconds, defaultSeconds])].toSorted((a, b) => a - b);
  const start = Math.max(0, Math.min(all.indexOf(defaultSeconds) - 1, all.length - SHOWN));
  return all.slice(start, start + SHOWN);
}
