import type { PrismaClient } from '@hindsight/db/client';
import type { CommunityCreateInput, CommunityUpdateInput } from '@hindsight/shared/community/community';
import { AppError } from '@hindsight/shared/errors';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Access } from '../access/access.service.ts';
import { keepAnAdmin } from './admins.ts';
import type { CommunityNews } from './community-news.ts';
import type { Departure } from './departure.ts';
import { insertCommunity } from './new-community.ts';

export type CommunityChanges = ReturnType<typeof createCommunityChanges>;

/** Makes, renames, deletes and leaves communities. */
export function createCommunityChanges({
  db,
  access,
  news,
  departure,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireCommunity'>;
  news: CommunityNews;
  departure: Departure;
}) {
  return {
    /** Makes a community whose admin is the caller, and returns its id. */
    async create(user: SignedInUser, { name }: CommunityCreateInput): Promise<string> {
      const communityId = await db.$transaction((tx) =>
        insertCommunity(tx, { name, adminId: user.id, membersMayReplay: false }),
      );
      await news.changed(communityId);
      return communityId;
    },

    /**
     * Renames a community.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async update(user: SignedInUser, { communityId, name }: CommunityUpdateInput): Promise<void> {
      await access.requireCommunity(user, communityId, 'MANAGE_COMMUNITY');
      await db.community.updateMany({ where: { id: communityId }, data: { name } });
      await news.changed(communityId);
    },

    /**
     * Deletes a community with its channels and messages. Recordings in it end first; clips stay with those who saved
     * them.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async remove(user: SignedInUser, communityId: string): Promise<void> {
      await access.requireCommunity(user, communityId, 'MANAGE_COMMUNITY');
      const channels = await db.channel.findMany({
        where: { communityId, kind: 'VOICE' },
        select: { id: true },
      });
      const rooms = channels.map(({ id }) => id);
      await departure.closeChannels(rooms);
      const memberIds = await db.$transaction(async (tx) => {
        const members = await tx.communityMember.findMany({
          where: { communityId },
          select: { userId: true },
        });
        const { count } = await tx.community.deleteMany({ where: { id: communityId } });
        if (count === 0) throw new AppError('NOT_FOUND');
        return members.map(({ userId }) => userId);
      });
      news.removed(communityId, memberIds);
      // This disconnects whoever joined before the community was deleted.
      await departure.closeChannels(rooms);
    },

    /**
     * Ends the caller's membership, and their recording and calls in its voice channels.
     * @throws AppError NOT_FOUND, LAST_ADMIN
     */
    async leave(user: SignedInUser, communityId: string): Promise<void> {
      await access.requireCommunity(user, communityId);
      await db.$transaction((tx) =>
        keepAnAdmin(tx, communityId, () =>
          tx.communityMember.deleteMany({ where: { communityId, userId: user.id } }),
        ),
      );
      await news.changed(communityId, [user.id]);
      await departure.leave({ communityId, userId: user.id, reason: 'LEFT' });
    },
  };
}
