import { AppError } from '@hindsight/shared/errors';
import type { Action } from '@hindsight/shared/permissions';

/** Whether somebody who may do `mine` may do all of `wanted`. */
export function holdsAll(mine: readonly Action[], wanted: readonly Action[]): boolean {
  return wanted.every((action) => mine.includes(action));
}

/**
 * Nobody grants what they may not do themselves, nor changes or takes away a role that can do more than they.
 * @throws AppError PERMISSION_DENIED
 */
export function requireHolds(mine: readonly Action[], wanted: readonly Action[]): void {
  if (!holdsAll(mine, wanted))
    throw new AppError('PERMISSION_DENIED', {
      detail: 'Nobody can grant, change or take away what they may not do themselves.',
    });
}

/** The most powerful role first, equals by name: the order in which people see them. */
export function byPower(
  a: { name: string; actions: readonly Action[] },
  b: { name: string; actions: readonly Action[] },
): number {
  return b.actions.length - a.actions.length || a.name.localeCompare(b.name);
}
