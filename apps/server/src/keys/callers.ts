import { PROGRAM_KEY_PREFIX, type ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { bearerOf, type SessionCookie } from '../auth/session-cookie.ts';
import { addToLogContext } from '../log-context.ts';
import type { Caller } from '../trpc/trpc.ts';
import type { ProgramKeys } from './program-keys.service.ts';

/** A press is made by hand; whoever fetches clips asks for a few ranges of a video per second. */
const REQUESTS_PER_MINUTE: Record<ProgramKeyScope, number> = { PRESS: 60, READ: 600 };
/** Only keys that exist are counted. */
const COUNTED_KEYS = 50_000;

export type Callers = ReturnType<typeof createCallers>;

/**
 * Tells who sent a request: somebody who is signed in, or a program that shows a key of theirs as its Bearer token. What doesn't ask
 * here, such as event streams, knows no keys.
 */
export function createCallers({
  cookie,
  keys,
}: {
  cookie: Pick<SessionCookie, 'authenticate'>;
  keys: Pick<ProgramKeys, 'authenticate'>;
}) {
  /** The requests of each key in the current minute, at this server. */
  const counts = new LRUCache<string, number>({ max: COUNTED_KEYS, ttl: MINUTE, noUpdateTTL: true });

  function count(id: string, scope: ProgramKeyScope): void {
    const before = counts.get(id) ?? 0;
    if (before >= REQUESTS_PER_MINUTE[scope]) throw new AppError('RATE_LIMITED');
    counts.set(id, before + 1);
  }

  return {
    /**
     * Returns the sender; null when nobody is signed in, or when the key doesn't work.
     * @throws AppError RATE_LIMITED when the key was used too often
     */
    async identify(request: FastifyRequest, reply: FastifyReply): Promise<Caller | null> {
      const token = bearerOf(request);
      if (token?.startsWith(PROGRAM_KEY_PREFIX) !== true) {
        const user = await cookie.authenticate(request, reply);
        return user === null ? null : { user, key: null };
      }
      const caller = await keys.authenticate(token);
      if (caller === null) return null;
      addToLogContext({ userId: caller.user.id });
      count(caller.key.id, caller.key.scope);
      return caller;
    },
  };
}
