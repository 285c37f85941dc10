import { DAY, HOUR, MINUTE } from '@hindsight/shared/units';

/** A link works for one of these times, in hours. */
export const LIFETIMES = [
  { value: '1', label: '1 hour' },
  { value: '24', label: '1 day' },
  { value: '168', label: '7 days' },
  { value: '720', label: '30 days' },
  { value: 'never', label: 'Always' },
];

/** Says how long a link still works. It always rounds down, so that it never promises too much. */
export function expiryText(expiresAt: string | null, nowMs: number, locale?: string): string {
  if (expiresAt === null) return 'Never expires';
  const leftMs = new Date(expiresAt).getTime() - nowMs;
  if (leftMs <= 0) return 'Expired';
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  if (leftMs < MINUTE) return 'Expires in less than a minute';
  if (leftMs < HOUR) return `Expires ${format.format(Math.floor(leftMs / MINUTE), 'minute')}`;
  if (leftMs < 2 * DAY) return `Expires ${format.format(Math.floor(leftMs / HOUR), 'hour')}`;
  return `Expires ${format.format(Math.floor(leftMs / DAY), 'day')}`;
}
