import { updatePasswordInput, userSchema } from '@hindsight/shared/account/user';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Accounts } from './accounts.service.ts';
import type { AttemptLimits } from '../access/attempt-limits.ts';
import { createPasswordAttempts } from './password-attempts.ts';
import type { SessionCookie } from './session-cookie.ts';

interface UserRouterDependencies {
  accounts: Accounts;
  cookie: SessionCookie;
  limits: AttemptLimits;
}

/** Makes the procedures for a person's own account. */
export function createUserRouter({ accounts, cookie, limits }: UserRouterDependencies) {
  const attempt = createPasswordAttempts(limits);

  return router({
    /** Changes the password and signs out all other devices of the account. */
    updatePassword: signedInProcedure
      .input(updatePasswordInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const { user, token } = await attempt(ctx.user, () => accounts.updatePassword(ctx.user, input));
        cookie.set(ctx.reply, token);
        return user;
      }),
  });
}
