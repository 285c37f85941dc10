import type { PrismaClient } from '@hindsight/db/client';
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

/** Decides who may do what in a community; nothing else does. Membership is checked first, also for instance admins. */
export function createAccess({ db }: { db: PrismaClient }) {
  async function memberActions(user: SignedInUser, communityId: string): Promise<Action[]> {
    const member = await db.communityMember.findUnique({
      where: { communityId_userId: { communityId, userId: user.id } },
      select: { roles: { select: { role: { select: { actions: true } } } } },
    });
    if (member === null) throw new AppError('NOT_FOUND');
    return allowedActions({
      isInstanceAdmin: user.isInstanceAdmin,
      roles: member.roles.map(({ role }) => role),
    });
  }

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
      const actions = await memberActions(user, communityId);
      requireAction(actions, action);
      return { actions };
    },

    /**
     * Returns a channel with the caller's actions in it.
     * @throws AppError NOT_FOUND for unknown channels and for those of communities that the user isn't a member of,
     * PERMISSION_DENIED
     */
    async requireChannel(user: SignedInUser, channelId: string, action?: Action): Promise<ChannelAccess> {
      const channel = await db.channel.findUnique({
        where: { id: channelId },
        select: { id: true, name: true, kind: true, communityId: true },
      });
      if (channel === null) throw new AppError('NOT_FOUND');
      const actions = await memberActions(user, channel.communityId);
      requireAction(actions, action);
      return { channel, actions };
    },
  };
}
