import type { PrismaClient } from '@hindsight/db/client';
import type { MessageDto, MessageEvent, MessageTarget } from '@hindsight/shared/message';
import type { AppEvents } from '../events/events.ts';
import { MESSAGE_INCLUDE, targetOf, toMessageDto } from './message-row.ts';

/** Of a clip that was posted more often than this, only the newest posts are told of. */
const MAX_MESSAGES_OF_CLIP = 200;

/** Whom news of a place are for: a community's members, or just these people. */
export type Audience = { communityId: string; memberIds: null } | { communityId: null; memberIds: string[] };

export type MessageNews = ReturnType<typeof createMessageNews>;

/** Tells readers how messages are now. */
export function createMessageNews({ db, events }: { db: PrismaClient; events: Pick<AppEvents, 'emit'> }) {
  /** The end of the line of each place that has news on their way. */
  const lines = new Map<string, Promise<unknown>>();

  /**
   * News of one place are read and told one after the other: else what was read first could be told last, and readers
   * would keep a state that is over.
   */
  async function inLine<T>(target: MessageTarget, work: () => Promise<T>): Promise<T> {
    const key = 'channelId' in target ? target.channelId : target.conversationId;
    const before = lines.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const end = result.catch(() => undefined);
    lines.set(key, end);
    try {
      return await result;
    } finally {
      if (lines.get(key) === end) lines.delete(key);
    }
  }

  /** Null when the place is gone. */
  async function audienceOf(target: MessageTarget): Promise<Audience | null> {
    if ('channelId' in target) {
      const channel = await db.channel.findUnique({
        where: { id: target.channelId },
        select: { communityId: true },
      });
      return channel === null ? null : { communityId: channel.communityId, memberIds: null };
    }
    const members = await db.conversationMember.findMany({
      where: { conversationId: target.conversationId },
      select: { userId: true },
    });
    return { communityId: null, memberIds: members.map(({ userId }) => userId) };
  }

  /** Tells readers of a new or changed message. @returns it, or null when it is gone */
  async function announce(
    messageId: string,
    target: MessageTarget,
    type: 'created' | 'changed',
  ): Promise<MessageDto | null> {
    return inLine(target, async () => {
      const [row, audience] = await Promise.all([
        db.message.findUnique({ where: { id: messageId }, include: MESSAGE_INCLUDE }),
        audienceOf(target),
      ]);
      if (row === null || audience === null) return null;
      const message = toMessageDto(row);
      events.emit('message', { ...audience, event: { type, message } });
      return message;
    });
  }

  return {
    announce,

    async announceRemoved(messageId: string, target: MessageTarget): Promise<void> {
      await inLine(target, async () => {
        const audience = await audienceOf(target);
        if (audience === null) return;
        events.emit('message', { ...audience, event: { type: 'removed', target, messageId } });
      });
    },

    /**
     * Tells readers that a clip of their messages has changed or gone.
     * @param messageIds messages that had it and don't name it any more
     */
    async announceClip(clipId: string, messageIds: readonly string[] = []): Promise<void> {
      const rows = await db.message.findMany({
        where: { OR: [{ clipId }, { id: { in: [...messageIds] } }] },
        select: { id: true, channelId: true, conversationId: true },
        orderBy: { createdAt: 'desc' },
        take: MAX_MESSAGES_OF_CLIP,
      });
      await Promise.all(rows.map((row) => announce(row.id, targetOf(row), 'changed')));
    },

    /** Tells these people alone. */
    tell(memberIds: string[], event: MessageEvent): void {
      events.emit('message', { communityId: null, memberIds, event });
    },
  };
}
