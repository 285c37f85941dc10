import { clipInput } from '@hindsight/shared/clips/clip';
import { clipShareInput, messageSchema, sharedClipSchema } from '@hindsight/shared/chat/message';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Chat } from './chat.ts';

/** Makes `clip.share` and `clip.getShared`, which are merged into the clip router. */
export function createClipSharingRouter({ messages, sharedClips }: Pick<Chat, 'messages' | 'sharedClips'>) {
  return router({
    share: signedInProcedure
      .input(clipShareInput)
      .output(messageSchema)
      .mutation(({ ctx, input }) => messages.create(ctx.user, input)),

    getShared: signedInProcedure
      .input(clipInput)
      .output(sharedClipSchema)
      .query(({ ctx, input }) => sharedClips.get(ctx.user, input.clipId)),
  });
}
