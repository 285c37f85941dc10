import { APP_ERRORS } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import { answerWithPage, playerPath, VIEWS_PER_MINUTE } from './link-lookup.ts';
import { playerMessage, playerPage } from './link-player.ts';
import type { Links } from './links.service.ts';

interface LinkPlayerDependencies {
  links: Pick<Links, 'describe'>;
  /** Videos may also come from these origins. */
  mediaOrigins: readonly string[];
}

/**
 * Serves `/l/:token/player`: the video of a link alone, which chats and other sites show in a frame. There is nothing on
 * it that a site around it could make people do: no script runs, and no cookie counts.
 */
export function linkPlayerRoute(app: FastifyInstance, { links, mediaOrigins }: LinkPlayerDependencies): void {
  app.get<{ Params: { token: string } }>(
    playerPath(':token'),
    {
      config: { rateLimit: { max: VIEWS_PER_MINUTE, timeWindow: MINUTE } },
      helmet: {
        contentSecurityPolicy: {
          useDefaults: false,
          directives: {
            defaultSrc: ["'none'"],
            styleSrc: ["'unsafe-inline'"],
            imgSrc: ["'self'"],
            mediaSrc: ["'self'", ...mediaOrigins],
            baseUri: ["'none'"],
            formAction: ["'none'"],
            frameAncestors: ['*'],
          },
        },
        xFrameOptions: false,
        crossOriginResourcePolicy: { policy: 'cross-origin' },
      },
    },
    (request, reply) =>
      answerWithPage(reply, links, request.params, {
        shown: playerPage,
        gone: playerMessage(APP_ERRORS.LINK_GONE.text),
        unknown: playerMessage(APP_ERRORS.DATABASE_UNAVAILABLE.text),
      }),
  );
}
