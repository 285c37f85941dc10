import { PROGRAM_KEY_PREFIX } from '@hindsight/shared/account/program-key';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses state-changing requests that another site's page sends with our cookie. Browsers always name the origin there;
 * clients without one (API clients, LiveKit's webhooks) carry no cookie that a foreign page could abuse. A browser extension names
 * an origin of its own, but shows a key, which no page can send without asking us first (CORS), and which counts instead of a cookie.
 */
export function checkOrigins(app: FastifyInstance, { publicUrl }: { publicUrl: string | null }): void {
  app.addHook('onRequest', async (request) => {
    if (!SAFE_METHODS.has(request.method) && !showsKey(request) && !isOwnOrigin(request, publicUrl))
      throw new AppError('PERMISSION_DENIED', { detail: 'The request came from another site.' });
  });
}

function showsKey({ headers: { authorization } }: FastifyRequest): boolean {
  return authorization?.startsWith(`Bearer ${PROGRAM_KEY_PREFIX}`) === true;
}

function isOwnOrigin(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return request.headers['sec-fetch-site'] !== 'cross-site';
  if (origin === publicUrl) return true;
  return URL.canParse(origin) && new URL(origin).host === request.host;
}
