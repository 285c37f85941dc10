import {
  markerCreateInput,
  markerInput,
  markerSchema,
  markerUpdateInput,
} from '@hindsight/shared/replay/marker';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Markers } from './markers.service.ts';

export function createMarkerRouter({ markers }: { markers: Pick<Markers, 'create' | 'update' | 'remove'> }) {
  return router({
    create: signedInProcedure
      .meta({ keys: ['PRESS'] })
      .input(markerCreateInput)
      .output(markerSchema)
      .mutation(({ ctx, input }) => markers.create(ctx.user, input, Date.now() - ctx.reply.elapsedTime)),

    update: signedInProcedure
      .input(markerUpdateInput)
      .output(markerSchema)
      .mutation(({ ctx, input }) => markers.update(ctx.user, input.markerId, input.label)),

    remove: signedInProcedure
      .input(markerInput)
      .mutation(({ ctx, input }) => markers.remove(ctx.user, input.markerId)),
  });
}
