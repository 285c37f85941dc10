import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { ConversationDto } from '@hindsight/shared/chat/message';
import type { AttemptLimit } from '../access/attempt-limits.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { MessageNews } from './message-news.ts';
import { MESSAGE_INCLUDE, toMessageDto } from './message-row.ts';
import { acquaintancesOf } from './people.service.ts';

/** The list ends after this many of the most recent conversations; nobody scrolls further. */
const MAX_LISTED = 200;

interface ConversationsDependencies {
  db: PrismaClient;
  news: Pick<MessageNews, 'tell'>;
  /** This limits how many conversations one person opens, by user id. */
  openingLimit: Pick<AttemptLimit, 'take'>;
}

/** Manages direct messages between two or more people. */
export function createConversations({ db, news, openingLimit }: ConversationsDependencies) {
  /** Finds the caller's conversations, or one of them, with the newest message of each; the latest first. */
  async function find(userId: string, conversationId?: string): Promise<ConversationDto[]> {
    const only = conversationId ?? null;
    const places = await db.$queryRaw<{ id: string; messageId: string | null }[]>`
      SELECT conversation.id, newest.id AS "messageId"
      FROM "ConversationMember" AS member
      JOIN "Conversation" AS conversation ON conversation.id = member."conversationId"
      LEFT JOIN LATERAL (
        SELECT message.id, message."createdAt"
        FROM "Message" AS message
        WHERE message."conversationId" = conversation.id
        ORDER BY message."createdAt" DESC, message.id DESC
        LIMIT 1
      ) AS newest ON true
      WHERE member."userId" = ${userId}::uuid AND (${only}::uuid IS NULL OR conversation.id = ${only}::uuid)
      ORDER BY COALESCE(newest."createdAt", conversation."createdAt") DESC, conversation.id DESC
      LIMIT ${MAX_LISTED}`;
    const [conversations, messages] = await Promise.all([
      db.conversation.findMany({
        where: { id: { in: places.map(({ id }) => id) } },
        include: {
          members: {
            where: { userId: { not: userId } },
            orderBy: { user: { usernameKey: 'asc' } },
            select: { user: { select: { id: true, username: true } } },
          },
        },
      }),
      db.message.findMany({
        where: { id: { in: places.flatMap(({ messageId }) => messageId ?? []) } },
        include: MESSAGE_INCLUDE,
      }),
    ]);
    return places.flatMap(({ id, messageId }) => {
      const conversation = conversations.find((each) => each.id === id);
      if (conversation === undefined) return [];
      const lastMessage = messages.find((each) => each.id === messageId);
      return {
        id,
        others: conversation.members.map(({ user }) => user),
        lastMessage: lastMessage === undefined ? null : toMessageDto(lastMessage),
        createdAt: conversation.createdAt.toISOString(),
      };
    });
  }

  async function get(user: SignedInUser, conversationId: string): Promise<ConversationDto> {
    const [conversation] = await find(user.id, conversationId);
    if (conversation === undefined) throw new AppError('NOT_FOUND');
    return conversation;
  }

  /** Opens the one conversation of two people, and adds back whoever of them had left it. */
  async function openPair(userIds: readonly [string, string]) {
    const pairKey = userIds.toSorted().join(':');
    return db.$transaction(async (tx) => {
      await tx.conversation.createMany({ data: [{ pairKey }], skipDuplicates: true });
      const { id } = await tx.conversation.findUniqueOrThrow({ where: { pairKey }, select: { id: true } });
      const added = await tx.conversationMember.createManyAndReturn({
        data: userIds.map((userId) => ({ conversationId: id, userId })),
        skipDuplicates: true,
        select: { userId: true },
      });
      return { id, addedIds: added.map(({ userId }) => userId) };
    });
  }

  async function openGroup(userIds: readonly string[]) {
    const { id } = await db.conversation.create({
      data: { members: { create: userIds.map((userId) => ({ userId })) } },
      select: { id: true },
    });
    return { id, addedIds: [...userIds] };
  }

  return {
    list: (user: SignedInUser): Promise<ConversationDto[]> => find(user.id),

    /**
     * Returns one of the caller's conversations.
     * @throws AppError NOT_FOUND
     */
    get,

    /**
     * Opens a conversation with others. For one other person it returns the conversation that already exists, if any.
     * @throws AppError NOT_FOUND unless each shares a community with the caller, VALIDATION_FAILED, RATE_LIMITED
     */
    async create(user: SignedInUser, userIds: readonly string[]): Promise<ConversationDto> {
      await openingLimit.take(user.id);
      const otherIds = [...new Set(userIds)].filter((id) => id !== user.id);
      const [first] = otherIds;
      if (first === undefined)
        throw new AppError('VALIDATION_FAILED', { detail: 'A conversation needs somebody else.' });
      const known = await db.user.count({
        where: { AND: [{ id: { in: otherIds } }, acquaintancesOf(user.id)] },
      });
      if (known !== otherIds.length) throw new AppError('NOT_FOUND');
      const { id, addedIds } = await (otherIds.length === 1
        ? openPair([user.id, first])
        : openGroup([user.id, ...otherIds]));
      if (addedIds.length > 0) news.tell(addedIds, { type: 'conversation', conversationId: id });
      return get(user, id);
    },

    /**
     * Removes the caller from a conversation. A group without members is deleted with its messages; a conversation of two
     * people stays, in case one of them opens it again.
     * @throws AppError NOT_FOUND
     */
    async leave(user: SignedInUser, conversationId: string): Promise<void> {
      const memberIds = await db.$transaction(async (tx) => {
        // The row lock makes sure that when the last two members leave at once, the second sees that the first has left.
        const [conversation] = await tx.$queryRaw<{ pairKey: string | null }[]>`
          SELECT "pairKey" FROM "Conversation" WHERE id = ${conversationId}::uuid FOR UPDATE`;
        const { count } = await tx.conversationMember.deleteMany({
          where: { conversationId, userId: user.id },
        });
        if (conversation === undefined || count === 0) throw new AppError('NOT_FOUND');
        const left = await tx.conversationMember.findMany({
          where: { conversationId },
          select: { userId: true },
        });
        if (left.length === 0 && conversation.pairKey === null)
          await tx.conversation.delete({ where: { id: conversationId } });
        return left.map(({ userId }) => userId);
      });
      news.tell([user.id, ...memberIds], { type: 'conversation', conversationId });
    },
  };
}
