import { MINUTE, SECOND } from '@hindsight/shared/units';
import { formatLength } from './format-length.ts';

/** These lengths are suggested wherever one is chosen; any other can be typed. */
export const SUGGESTED_SECONDS = [15, 30, 60, 120, 300, 600];

/** Formats the length of a press as short as it gets: "30 s", "2 min", "1:30". */
export function formatPressLength(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : formatLength(seconds * SECOND);
}

const FORM = /^(?:(\d{1,4}):([0-5]\d)|(\d{1,5})\s*(s|sec|seconds?|m|min|minutes?)?)$/i;

/** Reads a typed length ("45", "45 s", "2 min", "1:30") as whole seconds; null when it is no length up to the longest one. */
export function parsePressLength(text: string, longestMs: number): number | null {
  const [match, minutes = '0', rest = '0', amount, unit = 's'] = FORM.exec(text.trim()) ?? [];
  if (match === undefined) return null;
  const inMinutes = unit.toLowerCase().startsWith('m');
  const seconds =
    amount === undefined
      ? Number(minutes) * 60 + Number(rest)
      : Number(amount) * (inMinutes ? MINUTE / SECOND : 1);
  return seconds >= 1 && seconds * SECOND <= longestMs ? seconds : null;
}
