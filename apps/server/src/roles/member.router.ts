import {
  memberInput,
  memberListInput,
  memberListSchema,
  memberSchema,
  memberUpdateInput,
} from '@hindsight/shared/community/member';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Members } from './members.service.ts';

export function createMemberRouter({ members }: { members: Members }) {
  return router({
    list: signedInProcedure
      .input(memberListInput)
      .output(memberListSchema)
      .query(({ ctx, input }) => members.list(ctx.user, input)),

    update: signedInProcedure
      .input(memberUpdateInput)
      .output(memberSchema)
      .mutation(({ ctx, input }) => members.update(ctx.user, input)),

    remove: signedInProcedure
      .input(memberInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await members.remove(ctx.user, input);
        return {};
      }),
  });
}
