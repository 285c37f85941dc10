import { communitySchema } from '@hindsight/shared/community';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Communities } from './communities.service.ts';

export function createCommunityRouter({ communities }: { communities: Communities }) {
  return router({
    list: signedInProcedure.output(z.array(communitySchema)).query(({ ctx }) => communities.list(ctx.user)),
  });
}
