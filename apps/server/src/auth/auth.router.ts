import { MINUTE } from '@hindsight/shared/units';
import { authStatusSchema, loginInput, registerInput, userSchema } from '@hindsight/shared/account/user';
import { z } from 'zod';
import { publicProcedure, router } from '../trpc/trpc.ts';
import { toUsernameKey, type Accounts } from './accounts.service.ts';
import type { AttemptLimits } from '../access/attempt-limits.ts';
import type { SessionCookie } from './session-cookie.ts';

const FAILED_LOGINS_PER_NAME = 10;
const FAILED_LOGINS_PER_ADDRESS = 50;
const REGISTRATIONS_PER_ADDRESS = 50;

interface AuthRouterDependencies {
  accounts: Accounts;
  cookie: SessionCookie;
  limits: AttemptLimits;
}

export function createAuthRouter({ accounts, cookie, limits }: AuthRouterDependencies) {
  const failuresOfName = limits('login-name', { max: FAILED_LOGINS_PER_NAME, windowMs: MINUTE });
  const failuresOfAddress = limits('login-address', { max: FAILED_LOGINS_PER_ADDRESS, windowMs: MINUTE });
  const registrations = limits('register', { max: REGISTRATIONS_PER_ADDRESS, windowMs: 10 * MINUTE });

  return router({
    status: publicProcedure.output(authStatusSchema).query(({ ctx }) => accounts.status(ctx.user)),

    register: publicProcedure
      .input(registerInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        await registrations.take(ctx.request.ip);
        const { user, token } = await accounts.register(input);
        cookie.set(ctx.reply, token);
        return user;
      }),

    login: publicProcedure
      .input(loginInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const nameKey = toUsernameKey(input.username);
        await failuresOfAddress.take(ctx.request.ip);
        await failuresOfName.take(nameKey);
        const { user, token } = await accounts.login(input);
        await failuresOfAddress.giveBack(ctx.request.ip);
        await failuresOfName.giveBack(nameKey);
        cookie.set(ctx.reply, token);
        return user;
      }),

    /** Signs the account out on all its devices. Does nothing when nobody is signed in. */
    logout: publicProcedure.output(z.object({})).mutation(async ({ ctx }) => {
      if (ctx.user !== null) await accounts.logout(ctx.user);
      cookie.clear(ctx.reply);
      return {};
    }),
  });
}
