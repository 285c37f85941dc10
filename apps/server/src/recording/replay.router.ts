import {
  channelInput,
  historyInput,
  historySchema,
  myReplaySchema,
  roomSessionSchema,
  sessionSchema,
  startInput,
  stopInput,
} from '@hindsight/shared/replay/replay';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Recording } from './recording.ts';

/** Makes the procedures that run and show the replay buffer. The capture feature has those for capturing from it. */
export function createReplayRouter({
  sessions,
  feed,
  history,
}: Pick<Recording, 'sessions' | 'feed' | 'history'>) {
  return router({
    start: signedInProcedure
      .input(startInput)
      .output(sessionSchema)
      .mutation(({ ctx, input }) => sessions.start(ctx.user, input)),

    stop: signedInProcedure
      .input(stopInput)
      .output(sessionSchema)
      .mutation(({ ctx, input }) => sessions.stop(ctx.user, input.sessionId)),

    status: signedInProcedure
      .input(channelInput)
      .output(z.array(roomSessionSchema))
      .query(({ ctx, input }) => feed.status(ctx.user, input.channelId)),

    mine: signedInProcedure
      .meta({ keys: ['PRESS'] })
      .input(channelInput)
      .output(myReplaySchema)
      .query(({ ctx, input }) => feed.mine(ctx.user, input.channelId)),

    history: signedInProcedure
      .input(historyInput)
      .output(historySchema)
      .query(({ ctx, input }) => history.list(ctx.user, input)),

    events: signedInProcedure.input(channelInput).subscription(async function* ({ ctx, input, signal }) {
      yield* feed.events(ctx.user, input.channelId, signal ?? new AbortController().signal);
    }),
  });
}
