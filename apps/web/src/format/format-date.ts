import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';

const DAY = 24 * HOUR;

const STEPS = [
  { limit: MINUTE, size: SECOND, unit: 'second' },
  { limit: HOUR, size: MINUTE, unit: 'minute' },
  { limit: DAY, size: HOUR, unit: 'hour' },
  { limit: 7 * DAY, size: DAY, unit: 'day' },
] as const;

/** Says how long ago something was ("3 minutes ago", "yesterday"). After a week it returns the date. */
export function formatAge(iso: string, nowMs: number, locale?: string): string {
  const then = new Date(iso);
  const age = Math.max(0, nowMs - then.getTime());
  const step = STEPS.find(({ limit }) => age < limit);
  if (step === undefined) return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(then);
  if (step.unit === 'second') return 'just now';
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(
    -Math.floor(age / step.size),
    step.unit,
  );
}

/** Formats date and time in full, in the reader's locale and time zone. */
export function formatMoment(iso: string, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(
    new Date(iso),
  );
}

/** Formats a day, in the reader's locale and time zone. */
export function formatDate(iso: string, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(new Date(iso));
}
