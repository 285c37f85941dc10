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

  async function identify(request: FastifyRequest, reply: FastifyReply): Promise<SignedInUser | null> {
    const [scheme, bearer] = request.headers.authorization?.split(' ') ?? [];
    if (scheme?.toLowerCase() === 'bearer' && bearer !== undefined) return accounts.authenticate(bearer);
    const cookie = request.cookies[SESSION_COOKIE];
    if (cookie === undefined) return null;
    const user = await accounts.authenticate(cookie);
    if (user === null) clear(reply);
    return user;
  }

  return {
    set(reply: FastifyReply, token: string): void {
      reply.setCookie(SESSION_COOKIE, token, { ...attributes, maxAge: SESSION_LIFETIME_MS / SECOND });
    },
    clear,
    /** Returns the user who sent a request; null when nobody is signed in. A cookie that is no longer valid is cleared. */
    async authenticate(request: FastifyRequest, reply: FastifyReply): Promise<SignedInUser | null> {
      const user = await identify(request, reply);
      if (user !== null) addToLogContext({ userId: user.id });
      return user;
    },
  };
}
