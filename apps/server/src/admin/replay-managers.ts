import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import type { Access } from '../access/access.service.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

/**
 * Requires that the caller may manage the replay buffer: in communities whose roles let them, and everywhere for instance
 * admins, because the machine is theirs.
 * @returns the caller's actions
 * @throws AppError NOT_FOUND for unknown communities and for those that the caller isn't in, PERMISSION_DENIED
 */
export async function requireReplayManager(
  { db, access }: { db: PrismaClient; access: Pick<Access, 'requireCommunity'> },
  user: SignedInUser,
  communityId: string,
): Promise<{ actions: readonly Action[] }> {
  if (!user.isInstanceAdmin) return access.requireCommunity(user, communityId, 'MANAGE_REPLAY_LIMITS');
  const community = await db.community.findUnique({ where: { id: communityId }, select: { id: true } });
  if (community === null) throw new AppError('NOT_FOUND');
  return { actions: ACTIONS };
}
