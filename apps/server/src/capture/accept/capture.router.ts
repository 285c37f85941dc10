import {
  captureInput,
  captureResultSchema,
  type CaptureInput,
  type CaptureResult,
} from '@hindsight/shared/replay/replay';
import { router, signedInProcedure, type SignedInUser } from '../../trpc/trpc.ts';

/** The procedure needs only this part of the capture service. */
interface Accept {
  accept(user: SignedInUser, input: CaptureInput): Promise<CaptureResult>;
}

/** Creates `replay.capture`, which is merged into the replay router. */
export function createCaptureRouter({ capture }: { capture: Accept }) {
  return router({
    capture: signedInProcedure
      .input(captureInput)
      .output(captureResultSchema)
      .mutation(({ ctx, input }) => capture.accept(ctx.user, input)),
  });
}
