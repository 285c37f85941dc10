import {
  clipEventSchema,
  clipInput,
  clipJoinInput,
  clipListInput,
  clipListSchema,
  clipRemoveSchema,
  clipRestoreSchema,
  clipSchema,
  clipsInput,
  clipTrimInput,
  clipUpdateInput,
  type ClipEvent,
} from '@hindsight/shared/clips/clip';
import { clipLanesSchema } from '@hindsight/shared/clips/clip-lanes';
import type { ClipDto, ClipJoinInput, ClipTrimInput } from '@hindsight/shared/clips/clip';
import type { AppEvents } from '../events/events.ts';
import { untilGap } from '../events/until-gap.ts';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Clips } from './clips.service.ts';

interface ClipRouterDependencies {
  clips: Clips;
  capture: { retry(userId: string, clipId: string): Promise<ClipDto> };
  trims: { accept(userId: string, input: ClipTrimInput): Promise<ClipDto> };
  joins: { accept(userId: string, input: ClipJoinInput): Promise<ClipDto> };
  events: Pick<AppEvents, 'stream'>;
}

export function createClipRouter({ clips, capture, trims, joins, events }: ClipRouterDependencies) {
  return router({
    list: signedInProcedure
      .meta({ keys: ['READ'] })
      .input(clipListInput)
      .output(clipListSchema)
      .query(({ ctx, input }) => clips.list(ctx.user.id, input)),

    get: signedInProcedure
      .meta({ keys: ['READ'] })
      .input(clipInput)
      .output(clipSchema)
      .query(({ ctx, input }) => clips.get(ctx.user.id, input.clipId)),

    lanes: signedInProcedure
      .input(clipInput)
      .output(clipLanesSchema)
      .query(({ ctx, input }) => clips.lanes(ctx.user.id, input.clipId)),

    update: signedInProcedure
      .input(clipUpdateInput)
      .output(clipSchema)
      .mutation(({ ctx, input }) => clips.update(ctx.user.id, input.clipId, { title: input.title })),

    remove: signedInProcedure
      .input(clipInput)
      .output(clipRemoveSchema)
      .mutation(({ ctx, input }) => clips.remove(ctx.user.id, input.clipId)),

    removeMany: signedInProcedure
      .input(clipsInput)
      .output(clipRemoveSchema)
      .mutation(({ ctx, input }) => clips.removeMany(ctx.user.id, input.clipIds)),

    restore: signedInProcedure
      .input(clipsInput)
      .output(clipRestoreSchema)
      .mutation(({ ctx, input }) => clips.restore(ctx.user.id, input.clipIds)),

    trim: signedInProcedure
      .input(clipTrimInput)
      .output(clipSchema)
      .mutation(({ ctx, input }) => trims.accept(ctx.user.id, input)),

    join: signedInProcedure
      .input(clipJoinInput)
      .output(clipSchema)
      .mutation(({ ctx, input }) => joins.accept(ctx.user.id, input)),

    retry: signedInProcedure
      .input(clipInput)
      .output(clipSchema)
      .mutation(({ ctx, input }) => capture.retry(ctx.user.id, input.clipId)),

    events: signedInProcedure.subscription(async function* ({ ctx, signal }): AsyncGenerator<ClipEvent> {
      const changes = untilGap(events, signal ?? new AbortController().signal, (end) =>
        events.stream('clip', end),
      );
      for await (const { userId, event } of changes)
        if (userId === ctx.user.id) yield clipEventSchema.parse(event);
    }),
  });
}
