import {
  conversationCreateInput,
  conversationInput,
  conversationSchema,
} from '@hindsight/shared/chat/message';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Chat } from './chat.ts';

export function createDmRouter({ conversations }: Pick<Chat, 'conversations'>) {
  return router({
    list: signedInProcedure
      .output(z.array(conversationSchema))
      .query(({ ctx }) => conversations.list(ctx.user)),

    get: signedInProcedure
      .input(conversationInput)
      .output(conversationSchema)
      .query(({ ctx, input }) => conversations.get(ctx.user, input.conversationId)),

    create: signedInProcedure
      .input(conversationCreateInput)
      .output(conversationSchema)
      .mutation(({ ctx, input }) => conversations.create(ctx.user, input.userIds)),

    leave: signedInProcedure
      .input(conversationInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await conversations.leave(ctx.user, input.conversationId);
        return {};
      }),
  });
}
