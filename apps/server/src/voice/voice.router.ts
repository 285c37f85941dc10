import {
  joinInput,
  joinSchema,
  presenceInput,
  presenceSchema,
  type Presence,
} from '@hindsight/shared/community/voice';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Voice } from './voice.service.ts';

export function createVoiceRouter({ voice }: { voice: Voice }) {
  return router({
    join: signedInProcedure
      .input(joinInput)
      .output(joinSchema)
      .mutation(({ ctx, input }) => voice.join(ctx.user, input.channelId)),

    presence: signedInProcedure
      .input(presenceInput)
      .output(presenceSchema)
      .query(({ ctx, input }) => voice.presence(ctx.user, input.communityId)),

    events: signedInProcedure.input(presenceInput).subscription(async function* ({
      ctx,
      input,
      signal,
    }): AsyncGenerator<Presence> {
      yield* voice.watchPresence(ctx.user, input.communityId, signal ?? new AbortController().signal);
    }),
  });
}
