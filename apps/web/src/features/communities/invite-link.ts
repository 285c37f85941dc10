import { INVITE_PATH } from '@hindsight/shared/invite';

/** The address that is sent to people. */
export function inviteLink(code: string, origin = window.location.origin): string {
  return `${origin}${INVITE_PATH}/${code}`;
}

/** "3 of 10 joined", "Nobody has joined yet". */
export function inviteUse({ uses, maxUses }: { uses: number; maxUses: number | null }): string {
  if (maxUses !== null) return `${uses} of ${maxUses} joined`;
  if (uses === 0) return 'Nobody has joined yet';
  return `${uses} joined`;
}
