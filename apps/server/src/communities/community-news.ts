import type { PrismaClient } from '@hindsight/db/client';
import type { AppEvents } from '../events/events.ts';

export type CommunityNews = ReturnType<typeof createCommunityNews>;

/** Tells a community's members that something in it has changed, so that their pages fetch it again. */
export function createCommunityNews({ db, events }: { db: PrismaClient; events: Pick<AppEvents, 'emit'> }) {
  return {
    /** Tells the members of a community, and the former members given, of a change. It is called after the commit. */
    async changed(communityId: string, formerMemberIds: readonly string[] = []): Promise<void> {
      const members = await db.communityMember.findMany({
        where: { communityId },
        select: { userId: true },
      });
      const memberIds = new Set([...members.map(({ userId }) => userId), ...formerMemberIds]);
      events.emit('community', { communityId, memberIds: [...memberIds] });
    },

    /** Tells the former members that their community is gone. There are no members left to look up. */
    removed(communityId: string, formerMemberIds: readonly string[]): void {
      events.emit('community', { communityId, memberIds: formerMemberIds });
    },
  };
}
