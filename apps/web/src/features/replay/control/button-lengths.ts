import type { PressLengths } from '@hindsight/shared/replay/lengths';

/** Returns the lengths that have a button, the shortest first. The default one has it also when it isn't among the chosen ones. */
export function buttonLengths({ defaultSeconds, buttonSeconds }: PressLengths): number[] {
  return [...new Set([...buttonSeconds, defaultSeconds])].toSorted((a, b) => a - b);
}
