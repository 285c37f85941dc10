import type { Action } from '@hindsight/shared/permissions';

/** Whether somebody who may do `mine` may give, change or take away a role, as the server will say. */
export function canManageRole(mine: readonly Action[], role: { actions: readonly Action[] }): boolean {
  return role.actions.every((action) => mine.includes(action));
}
