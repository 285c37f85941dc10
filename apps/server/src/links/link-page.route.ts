import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicLinkInput, type PublicClip } from '@hindsight/shared/clips/clip';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { hasCode } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RETRY_AFTER_SECONDS } from '../http/error-reply.ts';
import { linkHead, withHead } from './link-page.ts';
import type { Links } from './links.service.ts';

const VIEWS_PER_MINUTE = 120;

interface LinkPageDependencies {
  links: Pick<Links, 'get'>;
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
      const clip = await findClip(links, request.params);
      if (clip === 'unknown') return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send(page);
      if (clip === null) return reply.code(404).send(page);
      const origin = publicUrl ?? originOf(request);
      return reply.send(withHead(page, linkHead(clip, { origin, path: `/l/${request.params.token}` })));
    },
  );
}

/** Returns what a link shows; null when it doesn't work, `unknown` while the database is away. */
async function findClip(
  links: Pick<Links, 'get'>,
  params: { token: string },
): Promise<PublicClip | 'unknown' | null> {
  const input = publicLinkInput.safeParse(params);
  if (!input.success) return null;
  try {
    return await links.get(input.data.token);
  } catch (error) {
    if (error instanceof AppError && error.code === 'LINK_GONE') return null;
    if (isDatabaseAway(error)) return 'unknown';
    throw error;
  }
}

async function readIndex(webDir: string): Promise<string | null> {
  try {
    return await readFile(join(webDir, 'index.html'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Returns the origin of a request. It may hold anything, so it is escaped where it is used. */
function originOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}
