import { quotaSchema } from '@hindsight/shared/account/quota';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Quota } from './quota.service.ts';

export function createQuotaRouter({ quota }: { quota: Pick<Quota, 'mine'> }) {
  return router({
    mine: signedInProcedure.output(quotaSchema).query(({ ctx }) => quota.mine(ctx.user.id)),
  });
}
