import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';

/**
 * Checks that a user may watch a clip. Its owner may, and whoever can now read a message that it is attached to: members
 * of the channel's community, or of the conversation. The right ends with the message, the membership or the clip.
 * @throws AppError NOT_FOUND for everybody else, and for removed clips
 */
export async function requireWatchable(db: PrismaClient, userId: string, clipId: string): Promise<void> {
  const watchable = await db.$queryRaw<unknown[]>`
    SELECT 1
    FROM "ReplayClip" AS clip
    WHERE clip.id = ${clipId}::uuid AND clip."removedAt" IS NULL
      AND (
        clip."userId" = ${userId}::uuid
        OR EXISTS (
          SELECT 1
          FROM "Message" AS message
          LEFT JOIN "Channel" AS channel ON channel.id = message."channelId"
          LEFT JOIN "CommunityMember" AS reader
            ON reader."communityId" = channel."communityId" AND reader."userId" = ${userId}::uuid
          LEFT JOIN "ConversationMember" AS partner
            ON partner."conversationId" = message."conversationId" AND partner."userId" = ${userId}::uuid
          WHERE message."clipId" = clip.id AND (reader."userId" IS NOT NULL OR partner."userId" IS NOT NULL)
        )
      )`;
  if (watchable.length === 0) throw new AppError('NOT_FOUND');
}
