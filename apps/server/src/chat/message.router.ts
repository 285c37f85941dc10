import {
  messageCreateInput,
  messageEventSchema,
  messageInput,
  messageListInput,
  messageListSchema,
  messageReadInput,
  messageSchema,
  messageUpdateInput,
  unreadSchema,
  type MessageEvent,
} from '@hindsight/shared/chat/message';
import { z } from 'zod';
import type { AppEvents } from '../events/events.ts';
import { untilGap } from '../events/until-gap.ts';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Chat } from './chat.ts';

interface MessageRouterDependencies extends Pick<Chat, 'messages' | 'unread' | 'feed'> {
  events: Pick<AppEvents, 'stream'>;
}

export function createMessageRouter({ messages, unread, feed, events }: MessageRouterDependencies) {
  return router({
    list: signedInProcedure
      .input(messageListInput)
      .output(messageListSchema)
      .query(({ ctx, input }) => messages.list(ctx.user, input)),

    create: signedInProcedure
      .input(messageCreateInput)
      .output(messageSchema)
      .mutation(({ ctx, input }) => messages.create(ctx.user, input)),

    update: signedInProcedure
      .input(messageUpdateInput)
      .output(messageSchema)
      .mutation(({ ctx, input }) => messages.update(ctx.user, input.messageId, input.text)),

    remove: signedInProcedure
      .input(messageInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await messages.remove(ctx.user, input.messageId);
        return {};
      }),

    read: signedInProcedure
      .input(messageReadInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await unread.read(ctx.user, input.target, input.messageId);
        return {};
      }),

    unread: signedInProcedure.output(unreadSchema).query(({ ctx }) => unread.list(ctx.user)),

    events: signedInProcedure.subscription(async function* ({ ctx, signal }): AsyncGenerator<MessageEvent> {
      const changes = untilGap(events, signal ?? new AbortController().signal, (end) =>
        feed.events(ctx.user, end),
      );
      for await (const event of changes) yield messageEventSchema.parse(event);
    }),
  });
}
