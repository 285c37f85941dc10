import type { Prisma } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';

/** Locks a community until the transaction ends, so that its changes happen one after the other. */
export async function lockCommunity(tx: Prisma.TransactionClient, communityId: string): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "Community" WHERE "id" = ${communityId}::uuid FOR UPDATE`;
  if (rows.length === 0) throw new AppError('NOT_FOUND');
}

/** Counts the members who can grant every permission: by their roles, or because they are instance admins. */
async function countAdmins(tx: Prisma.TransactionClient, communityId: string): Promise<number> {
  const mayDo = (action: 'MANAGE_COMMUNITY' | 'MANAGE_ROLES') => ({
    roles: { some: { role: { actions: { has: action } } } },
  });
  return tx.communityMember.count({
    where: {
      communityId,
      OR: [{ user: { isInstanceAdmin: true } }, { AND: [mayDo('MANAGE_COMMUNITY'), mayDo('MANAGE_ROLES')] }],
    },
  });
}

/**
 * Makes a change of members or roles that must not remove a community's last admin. Of two admins who leave at once, one
 * waits for the other. A community that had no admin before may still be left.
 * @throws AppError LAST_ADMIN, and the transaction must then be rolled back; NOT_FOUND
 */
export async function keepAnAdmin<T>(
  tx: Prisma.TransactionClient,
  communityId: string,
  change: () => Promise<T>,
): Promise<T> {
  await lockCommunity(tx, communityId);
  const before = await countAdmins(tx, communityId);
  const result = await change();
  if (before > 0 && (await countAdmins(tx, communityId)) === 0) throw new AppError('LAST_ADMIN');
  return result;
}
