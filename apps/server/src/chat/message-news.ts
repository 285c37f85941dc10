import type { PrismaClient } from '@hindsight/db/client';
import type { MessageDto, MessageTarget } from '@hindsight/shared/chat/message';
import type { AppEvents, ToldMessageEvent } from '../events/events.ts';
import { MESSAGE_INCLUDE, targetOf, toMessageDto } from './message-row.ts';

/** For a clip that was posted more often than this, only the readers of its newest posts are told. */
const MAX_MESSAGES_OF_CLIP = 200;

/** An audience is who gets the news of a place: all members of a community, or only the listed people. */
export type Audience = { communityId: string; memberIds: null } | { communityId: null; memberIds: string[] };

export type MessageNews = ReturnType<typeof createMessageNews>;

/** Tells readers the current state of messages. */
export function createMessageNews({
  db,
  events,
}: {
  db: PrismaClient;
  events: Pick<AppEvents, 'emit' | 'listen' | 'relay'>;
}) {
  /** For each place with news on their way, this is the promise of the last one in the queue. */
  const lastNewsOf = new Map<string, Promise<unknown>>();

  /**
   * Runs work for one place after the work queued before it. Otherwise what was read first could be sent last, and
   * readers would keep an outdated state.
   */
  async function inTurn<T>(target: MessageTarget, work: () => Promise<T>): Promise<T> {
    const key = 'channelId' in target ? target.channelId : target.conversationId;
    const before = lastNewsOf.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const end = result.catch(() => undefined);
    lastNewsOf.set(key, end);
    try {
      return await result;
    } finally {
      if (lastNewsOf.get(key) === end) lastNewsOf.delete(key);
    }
  }

  /** Returns who reads a place; null when the place is gone. */
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

  /** Reads the current state of a message and its audience; null when it is gone. */
  async function read(messageId: string, target: MessageTarget) {
    const [row, audience] = await Promise.all([
      db.message.findUnique({ where: { id: messageId }, include: MESSAGE_INCLUDE }),
      audienceOf(target),
    ]);
    return row === null || audience === null ? null : { message: toMessageDto(row), audience };
  }

  /** Tells readers about a new or changed message and returns it; null when it is gone. */
  async function announce(
    messageId: string,
    target: MessageTarget,
    type: 'created' | 'changed',
  ): Promise<MessageDto | null> {
    return inTurn(target, async () => {
      const found = await read(messageId, target);
      if (found === null) return null;
      events.emit('message', { ...found.audience, event: { type, message: found.message } });
      events.emit('messageNews', { messageId, target, type });
      return found.message;
    });
  }

  const stopListening = [
    events.listen('messageNews', ({ messageId, target, type }, origin) => {
      if (origin === 'elsewhere') void relay(messageId, target, type);
    }),
    events.listen('messageTold', ({ memberIds, event }, origin) => {
      if (origin === 'elsewhere') void relayTold(memberIds, event);
    }),
  ];

  /**
   * Relays in turn with the earlier news of the same place, so that a message doesn't turn up after it was marked as
   * read.
   */
  async function relayTold(memberIds: readonly string[], event: ToldMessageEvent): Promise<void> {
    const target = event.type === 'read' ? event.target : { conversationId: event.conversationId };
    await inTurn(target, async () => events.relay('message', { communityId: null, memberIds, event }));
  }

  /** Tells listeners on this server what another server has written, changed or removed. */
  async function relay(
    messageId: string,
    target: MessageTarget,
    type: 'created' | 'changed' | 'removed',
  ): Promise<void> {
    try {
      await inTurn(target, async () => {
        if (type === 'removed') {
          const audience = await audienceOf(target);
          if (audience !== null) events.relay('message', { ...audience, event: { type, target, messageId } });
          return;
        }
        const found = await read(messageId, target);
        if (found !== null)
          events.relay('message', { ...found.audience, event: { type, message: found.message } });
      });
    } catch {
      // The database is unreachable, which everything else that needs it reports.
      events.relay('gap', {});
    }
  }

  return {
    announce,

    async announceRemoved(messageId: string, target: MessageTarget): Promise<void> {
      await inTurn(target, async () => {
        const audience = await audienceOf(target);
        if (audience === null) return;
        events.emit('message', { ...audience, event: { type: 'removed', target, messageId } });
        events.emit('messageNews', { messageId, target, type: 'removed' });
      });
    },

    /**
     * Tells readers that a clip in their messages has changed or is gone.
     * @param messageIds messages that had the clip and no longer refer to it
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

    /** Tells only these people. */
    tell(memberIds: string[], event: ToldMessageEvent): void {
      events.emit('message', { communityId: null, memberIds, event });
      events.emit('messageTold', { memberIds, event });
    },

    close(): void {
      for (const stop of stopListening) stop();
    },
  };
}
