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
} from '@hindsight/shared/message';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Chat } from './chat.ts';

export function createMessageRouter({ messages, unread, feed }: Pick<Chat, 'messages' | 'unread' | 'feed'>) {
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
      for await (const event of feed.events(ctx.user, signal ?? new AbortController().signal))
        yield messageEventSchema.parse(event);
    }),
  });
}
