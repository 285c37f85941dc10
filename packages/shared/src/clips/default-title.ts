import { MINUTE, SECOND } from '../units.ts';
import { MAX_TITLE_LENGTH } from './clip.ts';

/** A title says how long its clip is when it ends like this. */
const LENGTH_AT_END = /, (?:(?<wholeMinutes>\d+) min|(?<minutes>\d+):(?<seconds>\d\d))$/;
/** A finished clip may be a little longer or shorter than was expected when it got its title. */
const TOLERANCE_MS = 1.5 * SECOND;

/** Returns a clip's title until its owner names it: "Lounge, 5 min", or "Lounge, 2:14" when it isn't whole minutes. */
export function defaultTitle(channelName: string, durationMs: number): string {
  return `${channelName}, ${lengthText(durationMs)}`;
}

/**
 * Returns the title of a clip that is cut or joined from another one: that one's title. If that title tells how long its own clip is,
 * the new one tells the new length.
 */
export function titleOfOtherLength(
  source: { title: string; durationMs: number },
  durationMs: number,
): string {
  const match = LENGTH_AT_END.exec(source.title);
  if (match === null) return source.title;
  const { wholeMinutes, minutes, seconds = '0' } = match.groups ?? {};
  const toldMs = Number(wholeMinutes ?? minutes) * MINUTE + Number(seconds) * SECOND;
  if (Math.abs(toldMs - source.durationMs) > TOLERANCE_MS) return source.title;
  const title = defaultTitle(source.title.slice(0, match.index), durationMs);
  return title.length > MAX_TITLE_LENGTH ? source.title : title;
}

function lengthText(durationMs: number): string {
  const totalSeconds = Math.round(durationMs / SECOND);
  const minutes = Math.floor((totalSeconds * SECOND) / MINUTE);
  const seconds = totalSeconds - (minutes * MINUTE) / SECOND;
  return seconds === 0 ? `${minutes} min` : `${minutes}:${String(seconds).padStart(2, '0')}`;
}
