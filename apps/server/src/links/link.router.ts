import {
  clipInput,
  clipLinkSchema,
  linkCreateInput,
  linkInput,
  publicClipSchema,
  publicLinkInput,
} from '@hindsight/shared/clips/clip';
import { MINUTE } from '@hindsight/shared/units';
import { z } from 'zod';
import type { AttemptLimits } from '../access/attempt-limits.ts';
import { publicProcedure, router, signedInProcedure } from '../trpc/trpc.ts';
import type { Links } from './links.service.ts';

const VIEWS_PER_ADDRESS = 120;

/** Creates `clip.link.*`, which is merged into the clip router. */
export function createLinkRouter({ links, limits }: { links: Links; limits: AttemptLimits }) {
  const views = limits('public-link', { max: VIEWS_PER_ADDRESS, windowMs: MINUTE });

  return router({
    link: router({
      list: signedInProcedure
        .input(clipInput)
        .output(z.array(clipLinkSchema))
        .query(({ ctx, input }) => links.list(ctx.user.id, input.clipId)),

      create: signedInProcedure
        .input(linkCreateInput)
        .output(clipLinkSchema)
        .mutation(({ ctx, input }) => links.create(ctx.user.id, input.clipId, input.expiresInHours)),

      revoke: signedInProcedure
        .input(linkInput)
        .output(z.object({}))
        .mutation(async ({ ctx, input }) => {
          await links.revoke(ctx.user.id, input.linkId);
          return {};
        }),

      /** This procedure needs no account, only the link. */
      get: publicProcedure
        .input(publicLinkInput)
        .output(publicClipSchema)
        .query(async ({ ctx, input }) => {
          await views.take(ctx.request.ip);
          return links.get(input.token);
        }),
    }),
  });
}
