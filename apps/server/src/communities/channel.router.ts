import { channelCreateInput, channelSchema, channelUpdateInput } from '@hindsight/shared/community/community';
import { channelInput } from '@hindsight/shared/replay/replay';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Channels } from './channels.service.ts';

export function createChannelRouter({ channels }: { channels: Channels }) {
  return router({
    get: signedInProcedure
      .input(channelInput)
      .output(channelSchema)
      .query(({ ctx, input }) => channels.get(ctx.user, input.channelId)),

    create: signedInProcedure
      .input(channelCreateInput)
      .output(channelSchema)
      .mutation(({ ctx, input }) => channels.create(ctx.user, input)),

    update: signedInProcedure
      .input(channelUpdateInput)
      .output(channelSchema)
      .mutation(({ ctx, input }) => channels.update(ctx.user, input)),

    remove: signedInProcedure
      .input(channelInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await channels.remove(ctx.user, input.channelId);
        return {};
      }),
  });
}
