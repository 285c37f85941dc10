import { MINUTE } from '@hindsight/shared/units';
import { authStatusSchema, loginInput, registerInput, userSchema } from '@hindsight/shared/account/user';
import { z } from 'zod';
import { publicProcedure, router } from '../trpc/trpc.ts';
import { toUsernameKey, type Accounts } from './accounts.service.ts';
import { limitFailures, type AttemptLimits } from '../access/attempt-limits.ts';
import { createSimultaneousLimit } from '../access/simultaneous-limit.ts';
import type { SessionCookie } from './session-cookie.ts';

const FAILED_LOGINS_PER_NAME = 10;
const FAILED_LOGINS_PER_ADDRESS = 50;
const REGISTRATIONS_PER_ADDRESS = 50;
/**
 * So many sign-ins and registrations are worked on at the same moment; more are refused before anything is done for them.
 * One address must not take all the places.
 */
const SIMULTANEOUS = 16;
const SIMULTANEOUS_PER_ADDRESS = 12;

interface AuthRouterDependencies {
  accounts: Accounts;
  cookie: SessionCookie;
  limits: AttemptLimits;
}

export function createAuthRouter({ accounts, cookie, limits }: AuthRouterDependencies) {
  const failuresOfName = limits('login-name', { max: FAILED_LOGINS_PER_NAME, windowMs: MINUTE });
  const failuresOfAddress = limits('login-address', { max: FAILED_LOGINS_PER_ADDRESS, windowMs: MINUTE });
  const registrations = limits('register', { max: REGISTRATIONS_PER_ADDRESS, windowMs: 10 * MINUTE });
  const places = createSimultaneousLimit({ max: SIMULTANEOUS, code: 'SIGN_IN_BUSY' });
  const placesOfAddress = createSimultaneousLimit({ max: SIMULTANEOUS_PER_ADDRESS, code: 'SIGN_IN_BUSY' });

  /** Does something that hashes a password for an address. */
  async function inPlace<T>(address: string, work: () => Promise<T>): Promise<T> {
    const leaveAddress = placesOfAddress.enter(address);
    try {
      const leave = places.enter('all');
      return await work().finally(leave);
    } finally {
      leaveAddress();
    }
  }

  return router({
    status: publicProcedure.output(authStatusSchema).query(({ ctx }) => accounts.status(ctx.user)),

    register: publicProcedure
      .input(registerInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const { ip } = ctx.request;
        const { user, token } = await inPlace(ip, async () => {
          await registrations.take(ip);
          return accounts.register(input);
        });
        cookie.set(ctx.reply, token);
        return user;
      }),

    login: publicProcedure
      .input(loginInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const { ip } = ctx.request;
        const counts = [
          { limit: failuresOfAddress, key: ip },
          { limit: failuresOfName, key: toUsernameKey(input.username) },
        ];
        const { user, token } = await inPlace(ip, () => limitFailures(counts, () => accounts.login(input)));
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
