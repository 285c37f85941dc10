import { peaksInput, peaksSchema, previewSchema } from '@hindsight/shared/replay/preview';
import { channelInput } from '@hindsight/shared/replay/replay';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { PreviewService } from './preview.service.ts';

/** Creates `replay.preview` and `replay.peaks`, which are merged into the replay router. */
export function createPreviewRouter({ preview }: { preview: Pick<PreviewService, 'get' | 'peaks'> }) {
  return router({
    preview: signedInProcedure
      .input(channelInput)
      .output(previewSchema)
      .query(({ ctx, input }) => preview.get(ctx.user, input.channelId)),

    peaks: signedInProcedure
      .input(peaksInput)
      .output(peaksSchema)
      .query(({ ctx, input }) => preview.peaks(ctx.user, input.channelId, input.keys)),
  });
}
