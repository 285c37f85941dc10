import { INVITE_PATH } from '@hindsight/shared/invite';

/** The address that is sent to people. */
export function inviteLink(code: string, origin = window.location.origin): string {
  return `${origin}${INVITE_PATH}/${code}`;
}

/** "works until 28 Nov 2026, 15:16" in the reader's locale and time zone. */
export function inviteEnd(expiresAt: string | null, locale?: string, timeZone?: string): string {
  if (expiresAt === null) return 'never expires';
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return `works until ${moment.format(new Date(expiresAt))}`;
}

/** "3 of 10 joined", "Nobody has joined yet". */
export function inviteUse({ uses, maxUses }: { uses: number; maxUses: number | null }): string {
  if (maxUses !== null) return `${uses} of ${maxUses} joined`;
  if (uses === 0) return 'Nobody has joined yet';
  return `${uses} joined`;
}
