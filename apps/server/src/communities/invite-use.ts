import type { Prisma } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { lockCommunity } from './admins.ts';
import { addMember } from './membership.ts';

/** Tells whether one more person may join with an invite. */
export function isUsable(
  { expiresAt, maxUses, uses }: { expiresAt: Date | null; maxUses: number | null; uses: number },
  nowMs: number,
): boolean {
  return (expiresAt === null || expiresAt.getTime() > nowMs) && (maxUses === null || uses < maxUses);
}

/**
 * Refuses an invite that doesn't work, before other work is done for whoever sent it. Only `joinByInvite` is sure.
 * @throws AppError INVITE_INVALID
 */
export async function requireUsable(db: Prisma.TransactionClient, code: string): Promise<void> {
  const invite = await db.communityInvite.findUnique({
    where: { code },
    select: { expiresAt: true, maxUses: true, uses: true },
  });
  if (invite === null || !isUsable(invite, Date.now())) throw new AppError('INVITE_INVALID');
}

/**
 * Adds somebody to an invite's community and counts the use. Nothing changes and no use is counted for somebody who is a
 * member already. Joins happen one after the other by the community's lock, so no more people get in than the invite
 * allows.
 * @throws AppError INVITE_INVALID, and the transaction must then be rolled back
 */
export async function joinByInvite(
  tx: Prisma.TransactionClient,
  code: string,
  userId: string,
): Promise<{ communityId: string; hasJoined: boolean }> {
  const found = await tx.communityInvite.findUnique({ where: { code }, select: { communityId: true } });
  if (found === null) throw new AppError('INVITE_INVALID');
  const { communityId } = found;
  await lockCommunity(tx, communityId).catch((error: unknown) => {
    // The community was deleted at this very moment.
    throw error instanceof AppError ? new AppError('INVITE_INVALID', { cause: error }) : error;
  });
  const membership = await tx.communityMember.findUnique({
    where: { communityId_userId: { communityId, userId } },
    select: { userId: true },
  });
  if (membership !== null) return { communityId, hasJoined: false };

  // The invite is read only under the lock, because an earlier holder of the lock may have taken the last use.
  await requireUsable(tx, code);
  const { count } = await tx.communityInvite.updateMany({
    where: { code },
    data: { uses: { increment: 1 } },
  });
  if (count === 0) throw new AppError('INVITE_INVALID');
  await addMember(tx, communityId, userId);
  return { communityId, hasJoined: true };
}
