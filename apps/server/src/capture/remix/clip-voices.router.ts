import { clipInput } from '@hindsight/shared/clips/clip';
import {
  clipLevelsInput,
  clipLevelsSchema,
  myVoiceListInput,
  myVoiceListSchema,
  voiceTakenOutSchema,
} from '@hindsight/shared/clips/clip-voices';
import { router, signedInProcedure } from '../../trpc/trpc.ts';
import type { ClipLevelsService } from './clip-levels.service.ts';
import type { ClipVoices } from './clip-voices.service.ts';

/** Makes the procedures by which people find their voice in clips and take it out, and set the levels of their own clips. */
export function createClipVoicesRouter({
  voices,
  levels,
}: {
  voices: ClipVoices;
  levels: ClipLevelsService;
}) {
  return router({
    level: router({
      get: signedInProcedure
        .input(clipInput)
        .output(clipLevelsSchema)
        .query(({ ctx, input }) => levels.get(ctx.user.id, input.clipId)),

      update: signedInProcedure
        .input(clipLevelsInput)
        .output(clipLevelsSchema)
        .mutation(({ ctx, input }) => levels.update(ctx.user.id, input)),
    }),

    voice: router({
      list: signedInProcedure
        .input(myVoiceListInput)
        .output(myVoiceListSchema)
        .query(({ ctx, input }) => voices.list(ctx.user.id, input)),

      takeOut: signedInProcedure
        .input(clipInput)
        .output(voiceTakenOutSchema)
        .mutation(({ ctx, input }) => voices.takeOut(ctx.user.id, input.clipId)),

      takeOutOfAll: signedInProcedure
        .output(voiceTakenOutSchema)
        .mutation(({ ctx }) => voices.takeOutOfAll(ctx.user.id)),
    }),
  });
}
