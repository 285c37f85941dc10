import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';

/**
 * Formats a length as "2:14" or "1:02:03". Parts of a second are dropped, so that a buffer never shows more than it
 * has.
 */
export function formatLength(durationMs: number): string {
  const total = Math.max(0, Math.floor(durationMs / SECOND)) * SECOND;
  const hours = Math.floor(total / HOUR);
  const minutes = Math.floor((total % HOUR) / MINUTE);
  const seconds = String((total % MINUTE) / SECOND).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** Formats the length of something finished, to the nearest second: a clip of 4:59.98 is one of "5:00". */
export function formatClipLength(durationMs: number): string {
  return formatLength(Math.round(durationMs / SECOND) * SECOND);
}

/** Formats a length for screen readers: "2 minutes 14 seconds". */
export function spokenLength(durationMs: number): string {
  const total = Math.max(0, Math.floor(durationMs / SECOND));
  const minutes = Math.floor(total / 60);
  const seconds = total % 60;
  const parts = [
    minutes > 0 ? `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}` : '',
    seconds > 0 || minutes === 0 ? `${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/** Formats a moment inside something, to the tenth of a second: "2:14.3". */
export function formatPreciseLength(durationMs: number): string {
  const tenths = Math.max(0, Math.round(durationMs / 100));
  return `${formatLength(Math.floor(tenths / 10) * SECOND)}.${tenths % 10}`;
}

/** Formats the same for screen readers: "2 minutes 14.3 seconds". */
export function spokenPreciseLength(durationMs: number): string {
  const tenths = Math.max(0, Math.round(durationMs / 100));
  const minutes = Math.floor(tenths / 600);
  const seconds = `${(tenths % 600) / 10} seconds`;
  if (minutes === 0) return seconds;
  return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ${seconds}`;
}
