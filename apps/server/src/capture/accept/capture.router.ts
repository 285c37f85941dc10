import {
  captureInput,
  captureResultSchema,
  type CaptureInput,
  type CaptureResult,
} from '@hindsight/shared/replay/replay';
import { router, signedInProcedure, type SignedInUser } from '../../trpc/trpc.ts';

/** The procedure needs only this part of the capture service. */
interface Accept {
  accept(user: SignedInUser, input: CaptureInput, receivedAtMs: number): Promise<CaptureResult>;
}

/** Creates `replay.capture`, which is merged into the replay router. */
export function createCaptureRouter({ capture }: { capture: Accept }) {
  return router({
    capture: signedInProcedure
      .meta({ keys: ['PRESS'] })
      .input(captureInput)
      .output(captureResultSchema)
      // The age of a press is that at the arrival of its request, which may have waited for the database since.
      .mutation(({ ctx, input }) => capture.accept(ctx.user, input, Date.now() - ctx.reply.elapsedTime)),
  });
}
