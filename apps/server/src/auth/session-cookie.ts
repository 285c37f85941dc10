import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECOND } from '@hindsight/shared/units';
import { addToLogContext } from '../log-context.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Accounts } from './accounts.service.ts';
import { SESSION_LIFETIME_MS } from './session-tokens.ts';

const SESSION_COOKIE = 'hindsight_session';

export type SessionCookie = ReturnType<typeof createSessionCookie>;

/**
 * Carries the session between requests: in an httpOnly cookie, so that `<video>` sends it too, or in an API client's
 * Bearer token.
 */
export function createSessionCookie({ accounts, isSecure }: { accounts: Accounts; isSecure: boolean }) {
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure } as const;

  function clear(reply: FastifyReply): void {
    reply.clearCookie(SESSION_COOKIE, attributes);
  }

  /** Returns the token that a request carries. Requests with the same one are of the same session. */
  function tokenOf(request: FastifyRequest): string | undefined {
    return bearerOf(request) ?? request.cookies[SESSION_COOKIE];
  }

  /** Returns the user whose token a request carries; null when it has none, or one that is not valid any more. */
  async function identify(request: FastifyRequest): Promise<SignedInUser | null> {
    const token = tokenOf(request);
    return token === undefined ? null : accounts.authenticate(token);
  }

  return {
    set(reply: FastifyReply, token: string): void {
      reply.setCookie(SESSION_COOKIE, token, { ...attributes, maxAge: SESSION_LIFETIME_MS / SECOND });
    },
    clear,
    tokenOf,
    identify,
    /** Returns the user who sent a request; null when nobody is signed in. A cookie that is no longer valid is cleared. */
    async authenticate(request: FastifyRequest, reply: FastifyReply): Promise<SignedInUser | null> {
      const user = await identify(request);
      if (user !== null) addToLogContext({ userId: user.id });
      else if (bearerOf(request) === undefined && request.cookies[SESSION_COOKIE] !== undefined) clear(reply);
      return user;
    },
  };
}

/** Returns the token that a request carries in its Authorization header. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  const [scheme, token] = headers.authorization?.split(' ') ?? [];
  return scheme?.toLowerCase() === 'bearer' ? token : undefined;
}
