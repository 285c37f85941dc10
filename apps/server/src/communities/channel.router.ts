import { channelSchema } from '@hindsight/shared/community';
import { channelInput } from '@hindsight/shared/replay';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Communities } from './communities.service.ts';

export function createChannelRouter({ communities }: { communities: Communities }) {
  return router({
    get: signedInProcedure
      .input(channelInput)
      .output(channelSchema)
      .query(({ ctx, input }) => communities.channel(ctx.user, input.channelId)),
  });
}
