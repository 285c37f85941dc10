import { AppError } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { lookUpLink, OEMBED_PATH, originOf, VIEWS_PER_MINUTE } from './link-lookup.ts';
import type { Links } from './links.service.ts';
import { oembedVideo, tokenOf } from './oembed.ts';

const sizeSchema = z.coerce.number().int().positive().default(Number.MAX_SAFE_INTEGER);
const oembedInput = z.object({
  url: z.string().max(2000),
  format: z.string().default('json'),
  maxwidth: sizeSchema,
  maxheight: sizeSchema,
});

interface OembedDependencies {
  links: Pick<Links, 'describe'>;
  /** Null means the origin of the request. */
  publicUrl: string | null;
}

/**
 * Serves `/api/oembed`: how other programs show a link (oembed.com). Answers 404 for links that don't work and for all
 * other addresses, and 501 for other formats than JSON.
 */
export function oembedRoute(app: FastifyInstance, { links, publicUrl }: OembedDependencies): void {
  app.get(
    OEMBED_PATH,
    { config: { rateLimit: { max: VIEWS_PER_MINUTE, timeWindow: MINUTE } } },
    async (request, reply) => {
      const input = oembedInput.safeParse(request.query);
      if (!input.success) throw new AppError('VALIDATION_FAILED', { cause: input.error });
      const { url, format, maxwidth, maxheight } = input.data;
      if (format !== 'json')
        return reply.code(501).type('text/plain; charset=utf-8').send('Only format=json is there.\n');
      const origin = publicUrl ?? originOf(request);
      const token = tokenOf(url, origin);
      const clip = token === null ? null : await lookUpLink(links, { token });
      if (token === null || clip === null) throw new AppError('LINK_GONE');
      if (clip === 'unknown') throw new AppError('DATABASE_UNAVAILABLE');
      return reply
        .header('cache-control', 'no-store')
        .send(oembedVideo(clip, { origin, token }, { maxWidth: maxwidth, maxHeight: maxheight }));
    },
  );
}
