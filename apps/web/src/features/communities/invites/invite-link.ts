import { INVITE_PATH } from '@hindsight/shared/community/invite';

/** Returns the address that is sent to people. */
export function inviteLink(code: string, origin = window.location.origin): string {
  return `${origin}${INVITE_PATH}/${code}`;
}

/** Says how long an invite works, in the reader's locale and time zone: "works until 28 Nov 2026, 15:16". */
export function inviteEnd(expiresAt: string | null, locale?: string, timeZone?: string): string {
  if (expiresAt === null) return 'never expires';
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return `works until ${moment.format(new Date(expiresAt))}`;
}

/** Says how many people have joined: "3 of 10 joined", "Nobody has joined yet". */
export function inviteUse({ uses, maxUses }: { uses: number; maxUses: number | null }): string {
  if (maxUses !== null) return `${uses} of ${maxUses} joined`;
  if (uses === 0) return 'Nobody has joined yet';
  return `${uses} joined`;
}
