import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import { answerWithPage, originOf, VIEWS_PER_MINUTE } from './link-lookup.ts';
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
      const { token } = request.params;
      const origin = publicUrl ?? originOf(request);
      return answerWithPage(reply, links, request.params, {
        shown: (clip) => withHead(page, linkHead(clip, { origin, token })),
        gone: page,
        unknown: page,
      });
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
