import type { Action } from '@hindsight/shared/community/permissions';

/** Tells whether somebody who may do `mine` may give, change or take away a role. The server decides the same way. */
export function canManageRole(mine: readonly Action[], role: { actions: readonly Action[] }): boolean {
  return role.actions.every((action) => mine.includes(action));
}
