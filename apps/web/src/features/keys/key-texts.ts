import type { ProgramKeyDto, ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { formatPressLength } from '../../format/press-length.ts';
import { formatAge, formatDate } from '../../format/format-date.ts';

export const SCOPE_TEXTS: Record<ProgramKeyScope, { name: string; hint: string }> = {
  PRESS: { name: 'Press', hint: 'Saves clips of your running buffer and marks moments in it.' },
  READ: { name: 'Read', hint: 'Lists your clips and fetches their files.' },
};

/** Says what a key may do, when it was used and how long it works: "Press · used 2 hours ago · works until 1 Dec 2026". */
export function keyState(
  { scope, pressSeconds, lastUsedAt, expiresAt }: ProgramKeyDto,
  nowMs: number,
  locale?: string,
  timeZone?: string,
): string {
  const use = lastUsedAt === null ? 'never used' : `used ${formatAge(lastUsedAt, nowMs, locale)}`;
  const name = SCOPE_TEXTS[scope].name;
  const does = pressSeconds === null ? name : `${name} ${formatPressLength(pressSeconds)}`;
  return [does, use, keyEnd(expiresAt, nowMs, locale, timeZone)].join(' · ');
}

function keyEnd(expiresAt: string | null, nowMs: number, locale?: string, timeZone?: string): string {
  if (expiresAt === null) return 'never expires';
  const day = formatDate(expiresAt, locale, timeZone);
  return Date.parse(expiresAt) <= nowMs ? `expired ${day}` : `works until ${day}`;
}
