import {
  voiceAnswerInput,
  voiceConsentStateSchema,
  voiceConsentUpdateInput,
} from '@hindsight/shared/replay/voice-consent';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Consent } from './consent.service.ts';

/** Makes the procedures by which people say whether their voice may be kept. */
export function createConsentRouter({ consent }: { consent: Consent }) {
  return router({
    get: signedInProcedure.output(voiceConsentStateSchema).query(({ ctx }) => consent.get(ctx.user)),

    update: signedInProcedure
      .input(voiceConsentUpdateInput)
      .output(voiceConsentStateSchema)
      .mutation(({ ctx, input }) => consent.update(ctx.user, input)),

    answer: signedInProcedure
      .input(voiceAnswerInput)
      .output(voiceConsentStateSchema)
      .mutation(({ ctx, input }) => consent.answer(ctx.user, input)),
  });
}
