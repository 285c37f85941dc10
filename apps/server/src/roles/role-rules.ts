import { AppError } from '@hindsight/shared/errors';
import type { Action } from '@hindsight/shared/community/permissions';

/** Tells whether somebody who may do `mine` may do all of `wanted`. */
export function hasAllActions(mine: readonly Action[], wanted: readonly Action[]): boolean {
  return wanted.every((action) => mine.includes(action));
}

/**
 * Requires that the caller may do everything that a role grants. Nobody may grant what they may not do themselves, or
 * change or take away a role that can do more.
 * @throws AppError PERMISSION_DENIED
 */
export function requireAllActions(mine: readonly Action[], wanted: readonly Action[]): void {
  if (!hasAllActions(mine, wanted))
    throw new AppError('PERMISSION_DENIED', {
      detail: 'Nobody can grant, change or take away what they may not do themselves.',
    });
}

/** Orders roles as people see them: the most powerful first, equals by name. */
export function byPower(
  a: { name: string; actions: readonly Action[] },
  b: { name: string; actions: readonly Action[] },
): number {
  return b.actions.length - a.actions.length || a.name.localeCompare(b.name);
}
