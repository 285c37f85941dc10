import {
  captureInput,
  captureResultSchema,
  type CaptureInput,
  type CaptureResult,
} from '@hindsight/shared/replay';
import { router, signedInProcedure, type SignedInUser } from '../../trpc/trpc.ts';

/** What the procedure needs of the capture service. */
interface Accept {
  accept(user: SignedInUser, input: CaptureInput): Promise<CaptureResult>;
}

/** `replay.capture`, merged into the replay router. */
export function createCaptureRouter({ capture }: { capture: Accept }) {
  return router({
    capture: signedInProcedure
      .input(captureInput)
      .output(captureResultSchema)
      .mutation(({ ctx, input }) => capture.accept(ctx.user, input)),
  });
}
