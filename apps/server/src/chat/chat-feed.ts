import type { PrismaClient } from '@hindsight/db/client';
import type { MessageEvent } from '@hindsight/shared/chat/message';
import type { AppEvents } from '../events/events.ts';
import type { StreamReads } from '../events/stream-reads.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

export type ChatFeed = ReturnType<typeof createChatFeed>;

/** Delivers news of messages to those who may read them. */
export function createChatFeed({
  db,
  events,
  reads,
}: {
  db: PrismaClient;
  events: Pick<AppEvents, 'listen'>;
  reads: Pick<StreamReads, 'shared'>;
}) {
  /** Returns the ids of the communities that somebody is a member of. */
  const communityIdsOf = reads.shared(async (userIds) => {
    const memberships = await db.communityMember.findMany({
      where: { userId: { in: userIds } },
      select: { userId: true, communityId: true },
    });
    const ofUser = Map.groupBy(memberships, ({ userId }) => userId);
    return new Map(
      [...ofUser].map(([userId, own]) => [userId, new Set(own.map(({ communityId }) => communityId))]),
    );
  });

  return {
    /**
     * Yields what is new for somebody, until the signal aborts. Their communities are read once, and again when their
     * membership may have changed: a message costs no query, and a removed member hears of no later message.
     */
    async *events(user: SignedInUser, signal: AbortSignal): AsyncGenerator<MessageEvent> {
      /**
       * News and membership changes queue in the order in which they happened, so that each message meets the right
       * membership.
       */
      const pending: ('membership' | { communityId: string | null; event: MessageEvent })[] = ['membership'];
      let wake = Promise.withResolvers<void>();
      const enqueue = (one: (typeof pending)[number]) => {
        pending.push(one);
        wake.resolve();
      };
      const stopListening = [
        events.listen('community', ({ memberIds }) => {
          if (memberIds.includes(user.id)) enqueue('membership');
        }),
        // A change of membership may be among the missed events.
        events.listen('gap', () => enqueue('membership')),
        events.listen('message', ({ communityId, memberIds, event }) => {
          if (memberIds === null) enqueue({ communityId, event });
          else if (memberIds.includes(user.id)) enqueue({ communityId: null, event });
        }),
      ];
      const onAbort = () => wake.resolve();
      signal.addEventListener('abort', onAbort);
      try {
        let communityIds: ReadonlySet<string> = new Set();
        while (!signal.aborted) {
          const next = pending.shift();
          if (next === undefined) {
            await wake.promise;
            wake = Promise.withResolvers();
          } else if (next === 'membership') communityIds = (await communityIdsOf(user.id)) ?? new Set();
          else if (next.communityId === null || communityIds.has(next.communityId)) yield next.event;
        }
      } finally {
        stopListening.forEach((stop) => stop());
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
