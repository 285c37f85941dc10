import type { ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PRESS_PATIENCE_MS } from '../capture/accept/acceptance.service.ts';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { Callers } from '../keys/callers.ts';
import type { Caller, RequestContext, SignedInUser } from '../trpc/trpc.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Keys of these scopes may use the endpoint. Without this, no key may. */
    keys?: readonly ProgramKeyScope[];
  }
}

export type RestRequests<Api> = ReturnType<typeof admitCallers<Api>>;

/**
 * Admits callers to the endpoints: whoever is signed in, and keys where the endpoint says so, before anything else of a request is
 * looked at.
 * @returns what tells who sent a request
 */
export function admitCallers<Api>(
  rest: FastifyInstance,
  { identify, api }: { identify: Callers['identify']; api: (context: RequestContext) => Api },
) {
  const callers = new WeakMap<FastifyRequest, Caller>();

  rest.addHook('preParsing', async (request, reply) => {
    const caller = await retryWhileDatabaseIsAway(() => identify(request, reply), {
      forMs: PRESS_PATIENCE_MS,
    });
    if (caller === null) throw new AppError('UNAUTHENTICATED');
    if (caller.key !== null && request.routeOptions.config.keys?.includes(caller.key.scope) !== true)
      throw new AppError('KEY_NOT_ALLOWED');
    callers.set(request, caller);
  });

  function callerOf(request: FastifyRequest): Caller {
    const caller = callers.get(request);
    if (caller === undefined) throw new AppError('UNAUTHENTICATED');
    return caller;
  }

  return {
    userOf: (request: FastifyRequest): SignedInUser => callerOf(request).user,
    /** Returns the id of the key that the request shows; null for whoever is signed in. */
    keyIdOf: (request: FastifyRequest): string | null => callerOf(request).key?.id ?? null,
    /** Returns the procedures, to be called as whoever sent the request. */
    apiOf: (request: FastifyRequest, reply: FastifyReply): Api =>
      api({ ...callerOf(request), request, reply }),
  };
}
