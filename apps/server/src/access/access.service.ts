import { Prisma, type PrismaClient } from '@hindsight/db/client';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { AppError } from '@hindsight/shared/errors';
import { allowedActions, type Action } from '@hindsight/shared/community/permissions';
import type { SignedInUser } from '../trpc/trpc.ts';

/** This is a channel that the caller may see, with what they may do in it. */
export interface ChannelAccess {
  channel: ChannelDto;
  actions: Action[];
}

export type Access = ReturnType<typeof createAccess>;

/** The actions that a member `m` has by their roles. */
const ACTIONS_BY_ROLES = Prisma.sql`ARRAY(
  SELECT DISTINCT unnest(r."actions")::text FROM "MemberRole" mr JOIN "Role" r ON r."id" = mr."roleId"
  WHERE mr."communityId" = m."communityId" AND mr."userId" = m."userId") AS "actions"`;

/**
 * Decides who may do what in a community; nothing else does. Membership is checked first, also for instance admins. Each check is
 * one statement, because nearly every request begins with one.
 */
export function createAccess({ db }: { db: PrismaClient }) {
  const allowed = ({ isInstanceAdmin }: SignedInUser, { actions }: { actions: Action[] }) =>
    allowedActions({ isInstanceAdmin, roles: [{ actions }] });

  function requireAction(actions: readonly Action[], action: Action | undefined): void {
    if (action !== undefined && !actions.includes(action)) throw new AppError('PERMISSION_DENIED');
  }

  return {
    /**
     * Returns the caller's actions in a community.
     * @throws AppError NOT_FOUND for unknown communities and for those that the user isn't a member of, PERMISSION_DENIED
     */
    async requireCommunity(
      user: SignedInUser,
      communityId: string,
      action?: Action,
    ): Promise<{ actions: Action[] }> {
      const [member] = await db.$queryRaw<{ actions: Action[] }[]>`
        SELECT ${ACTIONS_BY_ROLES} FROM "CommunityMember" m
        WHERE m."communityId" = ${communityId}::uuid AND m."userId" = ${user.id}::uuid`;
      if (member === undefined) throw new AppError('NOT_FOUND');
      const actions = allowed(user, member);
      requireAction(actions, action);
      return { actions };
    },

    /**
     * Returns a channel with the caller's actions in it.
     * @throws AppError NOT_FOUND for unknown channels and for those of communities that the user isn't a member of,
     * PERMISSION_DENIED
     */
    async requireChannel(user: SignedInUser, channelId: string, action?: Action): Promise<ChannelAccess> {
      const [found] = await db.$queryRaw<(ChannelDto & { actions: Action[] })[]>`
        SELECT c."id"::text, c."name", c."kind"::text, c."communityId"::text, ${ACTIONS_BY_ROLES}
        FROM "Channel" c JOIN "CommunityMember" m ON m."communityId" = c."communityId"
        WHERE c."id" = ${channelId}::uuid AND m."userId" = ${user.id}::uuid`;
      if (found === undefined) throw new AppError('NOT_FOUND');
      const { actions: byRoles, ...channel } = found;
      const actions = allowed(user, { actions: byRoles });
      requireAction(actions, action);
      return { channel, actions };
    },
  };
}
