import type { PressLengths } from '@hindsight/shared/replay/lengths';
import { buttonLengths } from '../control/button-lengths.ts';

const SHOWN = 3;

/** Returns the three lengths that there is room for: the default one and those beside it, the shortest first. */
export function popOutLengths(lengths: PressLengths): number[] {
  const all = buttonLengths(lengths);
  const start = Math.max(0, Math.min(all.indexOf(lengths.defaultSeconds) - 1, all.length - SHOWN));
  return all.slice(start, start + SHOWN);
}
