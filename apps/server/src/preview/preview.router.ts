import {
  peaksInput,
  peaksSchema,
  previewSchema,
  voicePeaksInput,
  voicePeaksSchema,
} from '@hindsight/shared/replay/preview';
import { channelInput } from '@hindsight/shared/replay/replay';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { PreviewService } from './preview.service.ts';
import type { VoicePeaksService } from './voice-peaks.ts';

/** Creates `replay.preview` and what belongs to it, which is merged into the replay router. */
export function createPreviewRouter({
  preview,
  voicePeaks,
}: {
  preview: Pick<PreviewService, 'get' | 'peaks'>;
  voicePeaks: Pick<VoicePeaksService, 'of'>;
}) {
  return router({
    preview: signedInProcedure
      .input(channelInput)
      .output(previewSchema)
      .query(({ ctx, input }) => preview.get(ctx.user, input.channelId)),

    peaks: signedInProcedure
      .input(peaksInput)
      .output(peaksSchema)
      .query(({ ctx, input }) => preview.peaks(ctx.user, input.channelId, input.keys)),

    voicePeaks: signedInProcedure
      .input(voicePeaksInput)
      .output(voicePeaksSchema)
      .query(({ ctx, input }) => voicePeaks.of(ctx.user, input)),
  });
}
