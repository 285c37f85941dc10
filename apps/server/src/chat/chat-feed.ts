import type { PrismaClient } from '@hindsight/db/client';
import type { MessageEvent } from '@hindsight/shared/message';
import type { AppEvents } from '../events/events.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

export type ChatFeed = ReturnType<typeof createChatFeed>;

/** News of messages for those who may read them. */
export function createChatFeed({ db, events }: { db: PrismaClient; events: Pick<AppEvents, 'listen'> }) {
  async function communityIdsOf(userId: string): Promise<Set<string>> {
    const memberships = await db.communityMember.findMany({
      where: { userId },
      select: { communityId: true },
    });
    return new Set(memberships.map(({ communityId }) => communityId));
  }

  return {
    /**
     * What is new for somebody, until the signal aborts. Which communities they are in is read once, and again when the
     * caller's membership may have changed: a message costs no query, and who was removed hears of none that follow.
     */
    async *events(user: SignedInUser, signal: AbortSignal): AsyncGenerator<MessageEvent> {
      /** In the order in which it happened, so that membership is right for each message. */
      const heard: ('membership' | { communityId: string | null; event: MessageEvent })[] = ['membership'];
      let wake = Promise.withResolvers<void>();
      const hear = (one: (typeof heard)[number]) => {
        heard.push(one);
        wake.resolve();
      };
      const stopListening = [
        events.listen('community', ({ memberIds }) => {
          if (memberIds.includes(user.id)) hear('membership');
        }),
        // Whether the membership has changed may be what was missed.
        events.listen('gap', () => hear('membership')),
        events.listen('message', ({ communityId, memberIds, event }) => {
          if (memberIds === null) hear({ communityId, event });
          else if (memberIds.includes(user.id)) hear({ communityId: null, event });
        }),
      ];
      const onAbort = () => wake.resolve();
      signal.addEventListener('abort', onAbort);
      try {
        let communityIds = new Set<string>();
        while (!signal.aborted) {
          const next = heard.shift();
          if (next === undefined) {
            await wake.promise;
            wake = Promise.withResolvers();
          } else if (next === 'membership') communityIds = await communityIdsOf(user.id);
          else if (next.communityId === null || communityIds.has(next.communityId)) yield next.event;
        }
      } finally {
        stopListening.forEach((stop) => stop());
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
