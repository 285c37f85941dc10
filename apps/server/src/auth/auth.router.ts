import { MINUTE } from '@hindsight/shared/units';
import {
  authStatusSchema,
  loginInput,
  logoutInput,
  registerInput,
  userSchema,
} from '@hindsight/shared/account/user';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { publicProcedure, router } from '../trpc/trpc.ts';
import type { Accounts } from './accounts.service.ts';
import { toUsernameKey } from './username-key.ts';
import { limitAttempts, limitFailures, type AttemptLimits } from '../access/attempt-limits.ts';
import type { DeviceCookie } from './device-cookie.ts';
import type { SessionCookie } from './session-cookie.ts';

/**
 * A minute's wrong passwords. Whoever guesses from one address locks nobody else out. The limit of a name keeps guesses from many
 * addresses slow; devices on which the account signed in before are counted by themselves, so it never locks out its owner there.
 */
const FAILED_LOGINS_PER_NAME_AND_ADDRESS = 10;
const FAILED_LOGINS_PER_NAME = 100;
const FAILED_LOGINS_PER_ADDRESS = 50;
const FAILED_LOGINS_PER_DEVICE = 10;
const REGISTRATIONS_PER_ADDRESS = 50;

interface AuthRouterDependencies {
  accounts: Accounts;
  cookie: SessionCookie;
  device: DeviceCookie;
  limits: AttemptLimits;
}

export function createAuthRouter({ accounts, cookie, device, limits }: AuthRouterDependencies) {
  const failures = (name: string, max: number) => limits(`login-${name}`, { max, windowMs: MINUTE });
  const failuresOfName = failures('name', FAILED_LOGINS_PER_NAME);
  const failuresOfNameThere = failures('name-address', FAILED_LOGINS_PER_NAME_AND_ADDRESS);
  const failuresOfAddress = failures('address', FAILED_LOGINS_PER_ADDRESS);
  const failuresOfDevice = failures('device', FAILED_LOGINS_PER_DEVICE);
  const registrations = limits('register', { max: REGISTRATIONS_PER_ADDRESS, windowMs: 10 * MINUTE });

  /** Returns what a wrong password of this request counts for, the narrowest first. */
  async function countsOf(request: FastifyRequest, usernameKey: string) {
    const deviceId = await device.idOf(request, usernameKey);
    if (deviceId !== null) return [{ limit: failuresOfDevice, key: deviceId }];
    return [
      { limit: failuresOfNameThere, key: `${usernameKey} ${request.ip}` },
      { limit: failuresOfAddress, key: request.ip },
      { limit: failuresOfName, key: usernameKey },
    ];
  }

  return router({
    status: publicProcedure.output(authStatusSchema).query(({ ctx }) => accounts.status(ctx.user)),

    register: publicProcedure
      .input(registerInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const counts = [{ limit: registrations, key: ctx.request.ip }];
        const { user, token } = await limitAttempts(counts, () => accounts.register(input));
        cookie.set(ctx.reply, token);
        await device.remember(ctx.request, ctx.reply, toUsernameKey(user.username));
        return user;
      }),

    login: publicProcedure
      .input(loginInput)
      .output(userSchema)
      .mutation(async ({ ctx, input }) => {
        const usernameKey = toUsernameKey(input.username);
        const counts = await countsOf(ctx.request, usernameKey);
        const { user, token } = await limitFailures(counts, () => accounts.login(input));
        cookie.set(ctx.reply, token);
        await device.remember(ctx.request, ctx.reply, usernameKey);
        return user;
      }),

    /** Signs the account out on all its devices. Does nothing when nobody is signed in. */
    logout: publicProcedure
      .input(logoutInput.default({ revokeKeys: false }))
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        if (ctx.user !== null) await accounts.logout(ctx.user, input);
        cookie.clear(ctx.reply);
        return {};
      }),
  });
}
