import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { MessageTarget, Unread } from '@hindsight/shared/chat/message';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { ChatAccess } from './chat-access.ts';
import type { MessageNews } from './message-news.ts';

/** Unread messages are counted up to this number. */
const MAX_COUNT = 100;

interface UnreadDependencies {
  db: PrismaClient;
  access: Pick<ChatAccess, 'requireReadable'>;
  news: Pick<MessageNews, 'tell'>;
}

/** Keeps how far each person has read, and counts what is new since. */
export function createUnread({ db, access, news }: UnreadDependencies) {
  interface Row {
    id: string;
    count: number;
    lastMessageAt: Date;
  }

  /** Counts unread messages by channel. At most MAX_COUNT index entries are read for each, however long its history is. */
  function ofChannels(userId: string): Promise<Row[]> {
    return db.$queryRaw<Row[]>`
      SELECT channel.id, counted.count, counted."lastMessageAt"
      FROM "CommunityMember" AS member
      JOIN "Channel" AS channel ON channel."communityId" = member."communityId" AND channel.kind = 'TEXT'
      LEFT JOIN "ChannelRead" AS seen ON seen."channelId" = channel.id AND seen."userId" = member."userId"
      CROSS JOIN LATERAL (
        SELECT COUNT(*)::int AS count, MAX(newest."createdAt") AS "lastMessageAt"
        FROM (
          SELECT message."createdAt"
          FROM "Message" AS message
          WHERE message."channelId" = channel.id
            AND message."createdAt" > GREATEST(seen."lastReadAt", member."joinedAt")
            AND message."authorId" IS DISTINCT FROM member."userId"
          ORDER BY message."createdAt" DESC
          LIMIT ${MAX_COUNT}
        ) AS newest
      ) AS counted
      WHERE member."userId" = ${userId}::uuid AND counted.count > 0`;
  }

  function ofConversations(userId: string): Promise<Row[]> {
    return db.$queryRaw<Row[]>`
      SELECT member."conversationId" AS id, counted.count, counted."lastMessageAt"
      FROM "ConversationMember" AS member
      CROSS JOIN LATERAL (
        SELECT COUNT(*)::int AS count, MAX(newest."createdAt") AS "lastMessageAt"
        FROM (
          SELECT message."createdAt"
          FROM "Message" AS message
          WHERE message."conversationId" = member."conversationId"
            AND message."createdAt" > member."lastReadAt"
            AND message."authorId" IS DISTINCT FROM member."userId"
          ORDER BY message."createdAt" DESC
          LIMIT ${MAX_COUNT}
        ) AS newest
      ) AS counted
      WHERE member."userId" = ${userId}::uuid AND counted.count > 0`;
  }

  /** Stores until when somebody has read a place. The stored time never goes back. */
  async function markRead(userId: string, target: MessageTarget, readAt: Date): Promise<void> {
    if ('channelId' in target)
      await db.$executeRaw`
        INSERT INTO "ChannelRead" ("channelId", "userId", "lastReadAt")
        VALUES (${target.channelId}::uuid, ${userId}::uuid, ${readAt})
        ON CONFLICT ("channelId", "userId")
          DO UPDATE SET "lastReadAt" = GREATEST("ChannelRead"."lastReadAt", EXCLUDED."lastReadAt")`;
    else
      await db.$executeRaw`
        UPDATE "ConversationMember" SET "lastReadAt" = GREATEST("lastReadAt", ${readAt})
        WHERE "conversationId" = ${target.conversationId}::uuid AND "userId" = ${userId}::uuid`;
  }

  return {
    /** Lists every place where others have written since the caller read there. */
    async list(user: SignedInUser): Promise<Unread> {
      const [channels, conversations] = await Promise.all([ofChannels(user.id), ofConversations(user.id)]);
      const toDto = (target: MessageTarget, { count, lastMessageAt }: Row) => ({
        target,
        count,
        lastMessageAt: lastMessageAt.toISOString(),
      });
      return [
        ...channels.map((row) => toDto({ channelId: row.id }, row)),
        ...conversations.map((row) => toDto({ conversationId: row.id }, row)),
      ];
    },

    /**
     * Marks everything up to a message as read.
     * @throws AppError NOT_FOUND
     */
    async read(user: SignedInUser, target: MessageTarget, messageId: string): Promise<void> {
      await access.requireReadable(user, target);
      const message = await db.message.findFirst({
        where: { id: messageId, ...target },
        select: { createdAt: true },
      });
      if (message === null) throw new AppError('NOT_FOUND');
      await markRead(user.id, target, message.createdAt);
      news.tell([user.id], { type: 'read', target });
    },
  };
}
