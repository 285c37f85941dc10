import {
  captureInput,
  captureResultSchema,
  type CaptureInput,
  type CaptureResult,
} from '@hindsight/shared/replay/replay';
import { pressLengthsSchema, pressLengthsUpdateInput } from '@hindsight/shared/replay/lengths';
import { router, signedInProcedure, type SignedInUser } from '../../trpc/trpc.ts';
import type { PressLengthsService } from './press-lengths.service.ts';

/** The procedure needs only this part of the capture service. */
interface Accept {
  accept(user: SignedInUser, input: CaptureInput, receivedAtMs: number): Promise<CaptureResult>;
}

/** Creates the procedures of a press, which are merged into the replay router. */
export function createCaptureRouter({
  capture,
  lengths,
}: {
  capture: Accept;
  lengths: Pick<PressLengthsService, 'get' | 'update'>;
}) {
  return router({
    lengths: signedInProcedure.output(pressLengthsSchema).query(({ ctx }) => lengths.get(ctx.user.id)),

    updateLengths: signedInProcedure
      .input(pressLengthsUpdateInput)
      .output(pressLengthsSchema)
      .mutation(({ ctx, input }) => lengths.update(ctx.user.id, input)),

    capture: signedInProcedure
      .meta({ keys: ['PRESS'] })
      .input(captureInput)
      .output(captureResultSchema)
      // The age of a press is that at the arrival of its request, which may have waited for the database since.
      .mutation(({ ctx, input }) => capture.accept(ctx.user, input, Date.now() - ctx.reply.elapsedTime)),
  });
}
