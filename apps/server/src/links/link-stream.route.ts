import { publicLinkInput } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import { answerWithFile, CLIP_REPRESENTATIONS, type ClipRepresentation } from '../clips/clip-answer.ts';
import { DOWNLOAD_PATIENCE_MS, PROGRAM_PATIENCE_MS, type ExactVideos } from '../clips/exact-videos.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { SMALL_PATH, type Links } from './links.service.ts';

/** A seeking player sends a few requests per second. */
const REQUESTS_PER_MINUTE = 600;

const LINK_REPRESENTATIONS: Readonly<Record<string, ClipRepresentation>> = {
  ...CLIP_REPRESENTATIONS,
  [SMALL_PATH]: { kind: 'small', contentType: 'video/mp4', isDownload: false },
};

interface LinkStreamDependencies {
  links: Pick<Links, 'file'>;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
  exactVideos: ExactVideos;
}

/**
 * Serves `/api/links/:token/video`, `/small.mp4`, `/poster.jpg`, `/sprite.jpg` and `/download` to whoever has the link. The link is
 * looked up for each request, so nothing is served from the moment it expires or is revoked.
 */
export function linkStreamRoutes(
  app: FastifyInstance,
  { links, storage, exactVideos }: LinkStreamDependencies,
): void {
  for (const [path, representation] of Object.entries(LINK_REPRESENTATIONS)) {
    app.route<{ Params: { token: string }; Querystring: { v?: string } }>({
      method: ['GET', 'HEAD'],
      url: `/api/links/:token/${path}`,
      config: { rateLimit: { max: REQUESTS_PER_MINUTE, timeWindow: MINUTE } },
      async handler(request, reply) {
        const input = publicLinkInput.safeParse(request.params);
        if (!input.success) throw new AppError('LINK_GONE');
        const { kind, isDownload } = representation;
        const file = await links.file(input.data.token, kind, request.query.v);
        // The files may be embedded elsewhere, because chats show the video next to the link.
        void reply.header('cross-origin-resource-policy', 'cross-origin').header('x-robots-tag', 'noindex');
        // The link's page doesn't tell in which channel the clip was recorded.
        const patienceMs = isDownload ? DOWNLOAD_PATIENCE_MS : PROGRAM_PATIENCE_MS;
        // The link's page has the app's own player, which never shows what lies before the start.
        const served =
          isDownload || kind === 'small' ? await exactVideos.find(file, patienceMs) : { file, storage };
        return answerWithFile(request, reply, { ...served, representation, channelName: null });
      },
    });
  }
}
