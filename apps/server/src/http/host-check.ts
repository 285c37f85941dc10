import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance } from 'fastify';
import { hasSeveralHosts, isOwnHost, type OwnNames } from './own-host.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers whatever name it is asked by: it shows nothing, or asks for a proof that no page has. */
    isServedUnderAnyName?: true;
  }
}

/**
 * Refuses requests by names that aren't this server's. A web page elsewhere can have its own name point at this machine (DNS
 * rebinding). For the browser it then is of the same origin: it could make the first account, and read every answer.
 */
export function checkHosts(app: FastifyInstance, names: OwnNames): void {
  app.addHook('onRequest', async (request) => {
    // A proxy may have gone by another one than we would (RFC 9112, 3.2).
    if (hasSeveralHosts(request.raw.rawHeaders))
      throw new AppError('VALIDATION_FAILED', { detail: 'A request has one Host header.' });
    const { host } = request.headers;
    if (request.routeOptions.config?.isServedUnderAnyName === true || isOwnHost(host, names)) return;
    const { publicUrl } = names;
    throw new AppError('WRONG_HOST', {
      detail: publicUrl === null ? 'PUBLIC_URL is not set.' : `PUBLIC_URL is ${publicUrl}.`,
    });
  });
}
