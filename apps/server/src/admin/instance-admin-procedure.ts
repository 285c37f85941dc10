import { AppError } from '@hindsight/shared/errors';
import { signedInProcedure } from '../trpc/trpc.ts';

/** Lets only instance admins through. Everybody else is refused whatever they ask for, so nothing shows what exists. */
export const instanceAdminProcedure = signedInProcedure.use(({ ctx, next }) => {
  if (!ctx.user.isInstanceAdmin) throw new AppError('PERMISSION_DENIED');
  return next();
});
