/** Says a range of days in words, in the reader's locale. */
export function dateRangeText(fromDay: string | null, toDay: string | null, locale?: string): string {
  if (fromDay === null && toDay === null) return 'Any time';
  // A day has no time zone, so it is formatted in UTC.
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  if (fromDay === null) return `Until ${format.format(new Date(toDay ?? ''))}`;
  if (toDay === null) return `Since ${format.format(new Date(fromDay))}`;
  return format.formatRange(new Date(fromDay), new Date(toDay));
}
