import { MINUTE } from '@hindsight/shared/units';
import { updatePasswordInput, userSchema } from '@hindsight/shared/account/user';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Accounts } from './accounts.service.ts';
import { limitFailures, type AttemptLimits } from '../access/attempt-limits.ts';
import type { SessionCookie } from './session-cookie.ts';

/** The limit keeps somebody who finds a signed-in browser from guessing the password there. */
const WRONG_PASSWORDS_PER_USER = 10;

interface UserRouterDependencies {
  accounts: Accounts;
  cookie: SessionCookie;
  limits: AttemptLimits;
}

/** Makes the procedures for a person's own account. */
export function createUserRouter({ accounts, cookie, limits }: UserRouterDependencies) {
  const failures = limits('password', { max: WRONG_PASSWORDS_PER_USER, windowMs: MINUTE });

  return router({
    /** Changes the password and signs out all other devices of the account. */
    updatePassword: signedInProcedure
      .input(updatePasswordInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const { user, token } = await limitFailures([{ limit: failures, key: ctx.user.id }], () =>
          accounts.updatePassword(ctx.user, input),
        );
        cookie.set(ctx.reply, token);
        return user;
      }),
  });
}
