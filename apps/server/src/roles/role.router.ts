import { communityInput } from '@hindsight/shared/community/community';
import { roleCreateInput, roleInput, roleSchema, roleUpdateInput } from '@hindsight/shared/community/role';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Roles } from './roles.service.ts';

export function createRoleRouter({ roles }: { roles: Roles }) {
  return router({
    list: signedInProcedure
      .input(communityInput)
      .output(z.array(roleSchema))
      .query(({ ctx, input }) => roles.list(ctx.user, input.communityId)),

    create: signedInProcedure
      .input(roleCreateInput)
      .output(roleSchema)
      .mutation(({ ctx, input }) => roles.create(ctx.user, input)),

    update: signedInProcedure
      .input(roleUpdateInput)
      .output(roleSchema)
      .mutation(({ ctx, input }) => roles.update(ctx.user, input)),

    remove: signedInProcedure
      .input(roleInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await roles.remove(ctx.user, input.roleId);
        return {};
      }),
  });
}
