import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { AppError } from '@hindsight/shared/errors';
import { allowedActions } from '@hindsight/shared/community/permissions';
import type { SignedInUser } from '../trpc/trpc.ts';
import { CHANNEL_ORDER } from './channels.service.ts';

const MEMBERSHIP_FIELDS = {
  roles: { select: { role: { select: { actions: true } } } },
  community: {
    select: {
      id: true,
      name: true,
      replayConfig: { select: { enabled: true } },
      _count: { select: { members: true } },
      channels: {
        orderBy: [...CHANNEL_ORDER],
        select: { id: true, communityId: true, name: true, kind: true },
      },
    },
  },
} as const satisfies Prisma.CommunityMemberSelect;

export type Communities = ReturnType<typeof createCommunities>;

/** Reads communities as their members see them. */
export function createCommunities({ db }: { db: PrismaClient }) {
  return {
    /** Lists the caller's communities, the oldest first, with what the caller may do in each. */
    async list(user: SignedInUser): Promise<CommunityDto[]> {
      const memberships = await db.communityMember.findMany({
        where: { userId: user.id },
        orderBy: { community: { createdAt: 'asc' } },
        select: MEMBERSHIP_FIELDS,
      });
      return memberships.map((membership) => toDto(user, membership));
    },

    /**
     * Returns one of the caller's communities.
     * @throws AppError NOT_FOUND
     */
    async get(user: SignedInUser, communityId: string): Promise<CommunityDto> {
      const membership = await db.communityMember.findUnique({
        where: { communityId_userId: { communityId, userId: user.id } },
        select: MEMBERSHIP_FIELDS,
      });
      if (membership === null) throw new AppError('NOT_FOUND');
      return toDto(user, membership);
    },
  };
}

function toDto(
  { isInstanceAdmin }: SignedInUser,
  { roles, community }: Prisma.CommunityMemberGetPayload<{ select: typeof MEMBERSHIP_FIELDS }>,
): CommunityDto {
  return {
    id: community.id,
    name: community.name,
    actions: allowedActions({ isInstanceAdmin, roles: roles.map(({ role }) => role) }),
    isReplayEnabled: community.replayConfig?.enabled ?? false,
    memberCount: community._count.members,
    channels: community.channels,
  };
}
