import type { PrismaClient } from '@hindsight/db/client';
import type { ChannelDto, CommunityDto } from '@hindsight/shared/community';
import { allowedActions } from '@hindsight/shared/permissions';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Access } from './access.service.ts';

export type Communities = ReturnType<typeof createCommunities>;

/** Communities and channels as their members see them. */
export function createCommunities({ db, access }: { db: PrismaClient; access: Access }) {
  return {
    /** The caller's communities, the oldest first, with what the caller may do in each. */
    async list(user: SignedInUser): Promise<CommunityDto[]> {
      const memberships = await db.communityMember.findMany({
        where: { userId: user.id },
        orderBy: { community: { createdAt: 'asc' } },
        select: {
          roles: { select: { role: { select: { actions: true } } } },
          community: {
            select: {
              id: true,
              name: true,
              replayConfig: { select: { enabled: true } },
              _count: { select: { members: true } },
              channels: {
                orderBy: [{ position: 'asc' }, { createdAt: 'asc' }],
                select: { id: true, communityId: true, name: true, kind: true },
              },
            },
          },
        },
      });
      return memberships.map(({ roles, community }) => ({
        id: community.id,
        name: community.name,
        actions: allowedActions({
          isInstanceAdmin: user.isInstanceAdmin,
          roles: roles.map(({ role }) => role),
        }),
        isReplayEnabled: community.replayConfig?.enabled ?? false,
        memberCount: community._count.members,
        channels: community.channels,
      }));
    },

    /** @throws AppError NOT_FOUND */
    async channel(user: SignedInUser, channelId: string): Promise<ChannelDto> {
      const { channel } = await access.requireChannel(user, channelId);
      return channel;
    },
  };
}
