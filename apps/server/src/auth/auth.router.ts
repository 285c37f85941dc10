import { MINUTE } from '@hindsight/shared/units';
import { authStatusSchema, loginInput, registerInput, userSchema } from '@hindsight/shared/user';
import { z } from 'zod';
import { publicProcedure, router } from '../trpc/trpc.ts';
import { toUsernameKey, type Accounts } from './accounts.service.ts';
import { createAttemptLimit } from './rate-limit.ts';
import type { SessionCookie } from './session-cookie.ts';

const FAILED_LOGINS_PER_NAME = 10;
const FAILED_LOGINS_PER_ADDRESS = 50;
const REGISTRATIONS_PER_ADDRESS = 50;

export function createAuthRouter({ accounts, cookie }: { accounts: Accounts; cookie: SessionCookie }) {
  const failuresOfName = createAttemptLimit({ max: FAILED_LOGINS_PER_NAME, windowMs: MINUTE });
  const failuresOfAddress = createAttemptLimit({ max: FAILED_LOGINS_PER_ADDRESS, windowMs: MINUTE });
  const registrations = createAttemptLimit({ max: REGISTRATIONS_PER_ADDRESS, windowMs: 10 * MINUTE });

  return router({
    status: publicProcedure.output(authStatusSchema).query(({ ctx }) => accounts.status(ctx.user)),

    register: publicProcedure
      .input(registerInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        registrations.take(ctx.request.ip);
        const { user, token } = await accounts.register(input);
        cookie.set(ctx.reply, token);
        return user;
      }),

    login: publicProcedure
      .input(loginInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const nameKey = toUsernameKey(input.username);
        failuresOfAddress.take(ctx.request.ip);
        failuresOfName.take(nameKey);
        const { user, token } = await accounts.login(input);
        failuresOfAddress.giveBack(ctx.request.ip);
        failuresOfName.giveBack(nameKey);
        cookie.set(ctx.reply, token);
        return user;
      }),

    /** Signs the account out on all its devices; harmless when nobody is signed in. */
    logout: publicProcedure.output(z.object({})).mutation(async ({ ctx }) => {
      if (ctx.user !== null) await accounts.logout(ctx.user);
      cookie.clear(ctx.reply);
      return {};
    }),
  });
}
