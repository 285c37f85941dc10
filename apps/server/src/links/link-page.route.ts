import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER_SECONDS } from '../http/error-reply.ts';
import { lookUpLink, originOf, VIEWS_PER_MINUTE } from './link-lookup.ts';
import { linkHead, withHead } from './link-page.ts';
import type { Links } from './links.service.ts';

interface LinkPageDependencies {
  links: Pick<Links, 'describe'>;
  /** The directory contains the built web app. */
  webDir: string;
  /** Null means the origin of the request. */
  publicUrl: string | null;
}

/**
 * Serves `/l/:token`: the web app's page, with the tags that programs need to show a preview of the link. A link that
 * doesn't work gets the page with status 404, one that can't be looked up now with 503, and the app says why.
 */
export function linkPageRoute(
  app: FastifyInstance,
  { links, webDir, publicUrl }: LinkPageDependencies,
): void {
  app.get<{ Params: { token: string } }>(
    '/l/:token',
    { config: { rateLimit: { max: VIEWS_PER_MINUTE, timeWindow: MINUTE } } },
    async (request, reply) => {
      const page = await readIndex(webDir);
      if (page === null) return reply.callNotFound();
      void reply
        .header('cache-control', 'no-store')
        .header('x-robots-tag', 'noindex')
        // The token is a secret that other sites must not learn.
        .header('referrer-policy', 'no-referrer')
        .type('text/html; charset=utf-8');
      const clip = await lookUpLink(links, request.params);
      if (clip === 'unknown') return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send(page);
      if (clip === null) return reply.code(404).send(page);
      const origin = publicUrl ?? originOf(request);
      return reply.send(withHead(page, linkHead(clip, { origin, token: request.params.token })));
    },
  );
}

async function readIndex(webDir: string): Promise<string | null> {
  try {
    return await readFile(join(webDir, 'index.html'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
