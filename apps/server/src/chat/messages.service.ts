import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type {
  MessageCreateInput,
  MessageDto,
  MessageList,
  MessageListInput,
  MessageTarget,
} from '@hindsight/shared/chat/message';
import type { AttemptLimit } from '../access/attempt-limits.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { ChatAccess } from './chat-access.ts';
import type { MessageNews } from './message-news.ts';
import { encodeCursor, NEWEST_FIRST, olderThan } from './message-page.ts';
import { insertMessage } from './insert-message.ts';
import { MESSAGE_INCLUDE, targetOf, toMessageDto } from './message-row.ts';

interface MessagesDependencies {
  db: PrismaClient;
  access: ChatAccess;
  news: MessageNews;
  /** This limits how much one person writes, by user id. */
  writingLimit: Pick<AttemptLimit, 'take'>;
}

/** Manages the messages of text channels and conversations. */
export function createMessages({ db, access, news, writingLimit }: MessagesDependencies) {
  /**
   * Loads a message's place and whether it is the caller's own.
   * @throws AppError NOT_FOUND also for messages that the caller may not read
   */
  async function readable(user: SignedInUser, messageId: string) {
    const row = await db.message.findUnique({
      where: { id: messageId },
      select: { authorId: true, channelId: true, conversationId: true },
    });
    if (row === null) throw new AppError('NOT_FOUND');
    const target = targetOf(row);
    return { target, isOwn: row.authorId === user.id, place: await access.requireReadable(user, target) };
  }

  async function requireShareable(user: SignedInUser, clipId: string): Promise<void> {
    const clip = await db.replayClip.findFirst({
      where: { id: clipId, userId: user.id, removedAt: null },
      select: { status: true, isReplacement: true },
    });
    // A trim that will replace another clip is deleted once it is ready.
    if (clip === null || (clip.isReplacement && clip.status !== 'READY')) throw new AppError('NOT_FOUND');
    if (clip.status === 'FAILED')
      throw new AppError('VALIDATION_FAILED', { detail: 'The clip could not be saved: retry it first.' });
  }

  async function announced(messageId: string, target: MessageTarget, type: 'created' | 'changed') {
    const message = await news.announce(messageId, target, type);
    // A moderator removed the message at the same moment.
    if (message === null) throw new AppError('NOT_FOUND');
    return message;
  }

  return {
    /**
     * Lists a page of a place's messages, newest first.
     * @throws AppError NOT_FOUND, VALIDATION_FAILED
     */
    async list(user: SignedInUser, { target, cursor, limit }: MessageListInput): Promise<MessageList> {
      await access.requireReadable(user, target);
      const rows = await db.message.findMany({
        where: { ...target, ...(cursor === undefined ? {} : olderThan(cursor)) },
        orderBy: [...NEWEST_FIRST],
        // The extra row tells whether there is another page.
        take: limit + 1,
        include: MESSAGE_INCLUDE,
      });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(toMessageDto),
        nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },

    /**
     * Writes a message, with or without a clip.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, SHARE_TARGET_FORBIDDEN, VALIDATION_FAILED, RATE_LIMITED
     */
    async create(user: SignedInUser, { target, text, clipId }: MessageCreateInput): Promise<MessageDto> {
      await writingLimit.take(user.id);
      if (clipId === undefined) await access.requireWritable(user, target);
      else {
        await access.requireShareTarget(user, target);
        await requireShareable(user, clipId);
      }
      const id = await insertMessage(db, { authorId: user.id, target, text, clipId: clipId ?? null });
      return announced(id, target, 'created');
    },

    /**
     * Changes the text of the caller's own message.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, RATE_LIMITED
     */
    async update(user: SignedInUser, messageId: string, text: string): Promise<MessageDto> {
      await writingLimit.take(user.id);
      const { target, isOwn, place } = await readable(user, messageId);
      if (!isOwn || !place.isWritable) throw new AppError('PERMISSION_DENIED');
      await db.message.updateMany({ where: { id: messageId }, data: { text, editedAt: new Date() } });
      return announced(messageId, target, 'changed');
    },

    /**
     * Removes the caller's own message, or anybody's when the caller manages the channel. The message's clip stays.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async remove(user: SignedInUser, messageId: string): Promise<void> {
      const { target, isOwn, place } = await readable(user, messageId);
      if (!isOwn && !place.isModerator) throw new AppError('PERMISSION_DENIED');
      const { count } = await db.message.deleteMany({ where: { id: messageId } });
      if (count > 0) await news.announceRemoved(messageId, target);
    },
  };
}
