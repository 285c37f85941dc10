import type { PrismaClient } from '@hindsight/db/client';
import type { AppEvents } from '../events/events.ts';

export type CommunityNews = ReturnType<typeof createCommunityNews>;

/** Tells a community's members that something of it has changed, so that their pages ask again. */
export function createCommunityNews({ db, events }: { db: PrismaClient; events: Pick<AppEvents, 'emit'> }) {
  return {
    /** To be called once the change is committed. `formerMemberIds` hear of it too, though they are no members any more. */
    async changed(communityId: string, formerMemberIds: readonly string[] = []): Promise<void> {
      const members = await db.communityMember.findMany({
        where: { communityId },
        select: { userId: true },
      });
      const memberIds = new Set([...members.map(({ userId }) => userId), ...formerMemberIds]);
      events.emit('community', { communityId, memberIds: [...memberIds] });
    },

    /** The community is gone; there is nobody left to look up. */
    removed(communityId: string, formerMemberIds: readonly string[]): void {
      events.emit('community', { communityId, memberIds: formerMemberIds });
    },
  };
}
