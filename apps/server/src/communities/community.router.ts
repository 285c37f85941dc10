import {
  communityCreateInput,
  communityInput,
  communitySchema,
  communityUpdateInput,
} from '@hindsight/shared/community/community';
import { HOUR } from '@hindsight/shared/units';
import { z } from 'zod';
import type { AttemptLimits } from '../access/attempt-limits.ts';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Communities } from './communities.service.ts';
import type { CommunityChanges } from './community-changes.service.ts';

const CREATIONS_PER_HOUR = 20;

export function createCommunityRouter({
  communities,
  changes,
  limits,
}: {
  communities: Communities;
  changes: CommunityChanges;
  limits: AttemptLimits;
}) {
  const creations = limits('create-community', { max: CREATIONS_PER_HOUR, windowMs: HOUR });

  return router({
    list: signedInProcedure.output(z.array(communitySchema)).query(({ ctx }) => communities.list(ctx.user)),

    create: signedInProcedure
      .input(communityCreateInput)
      .output(communitySchema)
      .mutation(async ({ ctx, input }) => {
        await creations.take(ctx.user.id);
        return communities.get(ctx.user, await changes.create(ctx.user, input));
      }),

    update: signedInProcedure
      .input(communityUpdateInput)
      .output(communitySchema)
      .mutation(async ({ ctx, input }) => {
        await changes.update(ctx.user, input);
        return communities.get(ctx.user, input.communityId);
      }),

    remove: signedInProcedure
      .input(communityInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await changes.remove(ctx.user, input.communityId);
        return {};
      }),

    leave: signedInProcedure
      .input(communityInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await changes.leave(ctx.user, input.communityId);
        return {};
      }),
  });
}
