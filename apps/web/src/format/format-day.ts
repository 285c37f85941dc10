import { DAY } from '@hindsight/shared/units';

/** Formats a day as a heading: "Today", "Yesterday", else its date. The year is left out when it is the present one. */
export function formatDay(atMs: number, nowMs: number, locale?: string): string {
  const day = new Date(atMs);
  const now = new Date(nowMs);
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  const daysAgo = (midnight(now) - midnight(day)) / DAY;
  if (daysAgo === 0 || daysAgo === 1) {
    const text = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-daysAgo, 'day');
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  }
  const isThisYear = day.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: isThisYear ? undefined : 'numeric',
  }).format(day);
}

const timesOfDay = new Map<string | undefined, Intl.DateTimeFormat>();

/** Formats a time of day in the reader's locale. */
export function formatTimeOfDay(iso: string, locale?: string): string {
  // Making a formatter costs a hundred times what using it does, and lists need many.
  const format = timesOfDay.get(locale) ?? new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  timesOfDay.set(locale, format);
  return format.format(new Date(iso));
}
