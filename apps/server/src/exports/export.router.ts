import {
  exportIdInput,
  exportInput,
  exportListInput,
  exportListSchema,
  exportPlanSchema,
  exportRemovedSchema,
  exportSchema,
  posterInput,
} from '@hindsight/shared/clips/export';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { ChosenPosters } from './chosen-posters.ts';
import type { Exports } from './exports.service.ts';

/** Creates `clip.updatePoster`, which is merged into the clip router. */
export function createPosterRouter({ posters }: { posters: ChosenPosters }) {
  return router({
    updatePoster: signedInProcedure
      .input(posterInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await posters.choose(ctx.user.id, input);
        return {};
      }),
  });
}

export function createExportRouter({ exports }: { exports: Exports }) {
  return router({
    plan: signedInProcedure
      .input(exportInput)
      .output(exportPlanSchema)
      .query(({ ctx, input }) => exports.plan(ctx.user.id, input)),

    create: signedInProcedure
      .input(exportInput)
      .output(exportSchema)
      .mutation(({ ctx, input }) => exports.create(ctx.user.id, input)),

    list: signedInProcedure
      .input(exportListInput)
      .output(exportListSchema)
      .query(({ ctx, input }) => exports.list(ctx.user.id, input)),

    remove: signedInProcedure
      .input(exportIdInput)
      .output(exportRemovedSchema)
      .mutation(({ ctx, input }) => exports.remove(ctx.user.id, input.exportId)),
  });
}
