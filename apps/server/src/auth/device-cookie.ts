import { randomUUID } from 'node:crypto';
import type {} from '@fastify/cookie';
import { DAY, SECOND } from '@hindsight/shared/units';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createSignedTokens } from './signed-tokens.ts';

const DEVICE_COOKIE = 'hindsight_device';
/** A device is remembered this long after its last sign-in. */
const LIFETIME_MS = 365 * DAY;

const claimsSchema = z.object({ sub: z.string(), jti: z.uuid() });

export type DeviceCookie = ReturnType<typeof createDeviceCookie>;

/**
 * Remembers on a device which account signed in there last. It proves no identity: wrong passwords of others don't keep the
 * device from signing in, and that is all.
 */
export function createDeviceCookie({ secret, isSecure }: { secret: string; isSecure: boolean }) {
  const tokens = createSignedTokens({
    secret,
    audience: 'hindsight-device',
    lifetimeMs: LIFETIME_MS,
    claims: claimsSchema,
  });
  const attributes = { path: '/api/trpc', httpOnly: true, sameSite: 'lax', secure: isSecure } as const;

  async function claimsOf(request: FastifyRequest): Promise<z.infer<typeof claimsSchema> | null> {
    const token = request.cookies[DEVICE_COOKIE];
    return token === undefined ? null : tokens.verify(token);
  }

  return {
    /** Returns the id of the device that sent a request, if the account with this key signed in there last. */
    async idOf(request: FastifyRequest, usernameKey: string): Promise<string | null> {
      const claims = await claimsOf(request);
      return claims?.sub === usernameKey ? claims.jti : null;
    },

    /** Remembers a sign-in. A device keeps its id for as long as the same account signs in. */
    async remember(request: FastifyRequest, reply: FastifyReply, usernameKey: string): Promise<void> {
      const claims = await claimsOf(request);
      const jti = claims?.sub === usernameKey ? claims.jti : randomUUID();
      const token = await tokens.mint({ sub: usernameKey, jti });
      reply.setCookie(DEVICE_COOKIE, token, { ...attributes, maxAge: LIFETIME_MS / SECOND });
    },
  };
}
