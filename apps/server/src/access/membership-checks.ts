import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { StreamReads } from '../events/stream-reads.ts';

export type MembershipChecks = ReturnType<typeof createMembershipChecks>;

/** Checks for event streams, before each piece of news, that who hears it is still a member. */
export function createMembershipChecks({
  db,
  reads,
}: {
  db: PrismaClient;
  reads: Pick<StreamReads, 'shared'>;
}) {
  const keyOf = (communityId: string, userId: string) => `${communityId}/${userId}`;

  const isMember = reads.shared(async (keys) => {
    const asked = Map.groupBy(
      keys.map((key) => key.split('/')),
      ([communityId = '']) => communityId,
    );
    const members = await db.communityMember.findMany({
      where: {
        OR: [...asked].map(([communityId, pairs]) => ({
          communityId,
          userId: { in: pairs.map(([, userId = '']) => userId) },
        })),
      },
      select: { communityId: true, userId: true },
    });
    return new Map(members.map(({ communityId, userId }) => [keyOf(communityId, userId), true]));
  });

  const communityOfChannel = reads.shared(async (ids) => {
    const channels = await db.channel.findMany({
      where: { id: { in: ids } },
      select: { id: true, communityId: true },
    });
    return new Map(channels.map(({ id, communityId }) => [id, communityId]));
  });

  async function requireCommunity(userId: string, communityId: string): Promise<void> {
    if ((await isMember(keyOf(communityId, userId))) !== true) throw new AppError('NOT_FOUND');
  }

  return {
    /** @throws AppError NOT_FOUND for unknown communities and for those that the user isn't a member of */
    requireCommunity,

    /** @throws AppError NOT_FOUND for unknown channels and for those of communities that the user isn't a member of */
    async requireChannel(userId: string, channelId: string): Promise<void> {
      const communityId = await communityOfChannel(channelId);
      if (communityId === undefined) throw new AppError('NOT_FOUND');
      await requireCommunity(userId, communityId);
    },
  };
}
