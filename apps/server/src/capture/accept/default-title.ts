import { MINUTE, SECOND } from '@hindsight/shared/units';

/** Returns a clip's title until its owner names it: "Lounge, 5 min", or "Lounge, 2:14" when it isn't whole minutes. */
export function defaultTitle(channelName: string, durationMs: number): string {
  const totalSeconds = Math.round(durationMs / SECOND);
  const minutes = Math.floor((totalSeconds * SECOND) / MINUTE);
  const seconds = totalSeconds - (minutes * MINUTE) / SECOND;
  const length = seconds === 0 ? `${minutes} min` : `${minutes}:${String(seconds).padStart(2, '0')}`;
  return `${channelName}, ${length}`;
}
