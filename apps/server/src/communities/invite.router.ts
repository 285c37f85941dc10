import { communityInput } from '@hindsight/shared/community/community';
import {
  inviteAcceptedSchema,
  inviteCodeInput,
  inviteCreateInput,
  inviteIdInput,
  invitePreviewSchema,
  inviteSchema,
} from '@hindsight/shared/community/invite';
import { MINUTE } from '@hindsight/shared/units';
import { z } from 'zod';
import type { AttemptLimits } from '../access/attempt-limits.ts';
import { publicProcedure, router, signedInProcedure } from '../trpc/trpc.ts';
import type { Invites } from './invites.service.ts';

/** Somebody may look at or accept this many invite codes. */
const TRIES_PER_MINUTE = 60;

export function createInviteRouter({ invites, limits }: { invites: Invites; limits: AttemptLimits }) {
  const triesOfAddress = limits('invite-address', { max: TRIES_PER_MINUTE, windowMs: MINUTE });
  const triesOfUser = limits('invite-user', { max: TRIES_PER_MINUTE, windowMs: MINUTE });

  return router({
    create: signedInProcedure
      .input(inviteCreateInput)
      .output(inviteSchema)
      .mutation(({ ctx, input }) => invites.create(ctx.user, input)),

    list: signedInProcedure
      .input(communityInput)
      .output(z.array(inviteSchema))
      .query(({ ctx, input }) => invites.list(ctx.user, input.communityId)),

    revoke: signedInProcedure
      .input(inviteIdInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await invites.revoke(ctx.user, input.inviteId);
        return {};
      }),

    /** Shows an invite to anybody who has the link, with or without an account. */
    get: publicProcedure
      .input(inviteCodeInput)
      .output(invitePreviewSchema)
      .query(async ({ ctx, input }) => {
        await triesOfAddress.take(ctx.request.ip);
        return invites.preview(ctx.user, input.code);
      }),

    accept: signedInProcedure
      .input(inviteCodeInput)
      .output(inviteAcceptedSchema)
      .mutation(async ({ ctx, input }) => {
        await triesOfUser.take(ctx.user.id);
        return { communityId: await invites.accept(ctx.user, input.code) };
      }),
  });
}
