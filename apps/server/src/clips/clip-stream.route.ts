import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { Caller } from '../trpc/trpc.ts';
import { answerWithFile, CLIP_REPRESENTATIONS, type Representation } from './clip-answer.ts';
import { DOWNLOAD_PATIENCE_MS, type ExactVideos } from './exact-videos.ts';
import type { Clips } from './clips.service.ts';
import type { TrackDownloads } from './track-downloads.ts';

interface ClipStreamDependencies {
  clips: Pick<Clips, 'file' | 'ownFile' | 'channelName'>;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
  tracks: Pick<TrackDownloads, 'find'>;
  exactVideos: ExactVideos;
  identify: (request: FastifyRequest, reply: FastifyReply) => Promise<Caller | null>;
}

/**
 * Serves `/api/clips/:id/video`, `/poster.jpg`, `/sprite.jpg` and `/download` to users who may watch the clip, and `/tracks` to its
 * owner. A key that reads gets its owner's own clips alone.
 */
export function clipStreamRoutes(app: FastifyInstance, dependencies: ClipStreamDependencies): void {
  const { clips, storage, tracks, exactVideos, identify } = dependencies;

  /** @throws AppError UNAUTHENTICATED, KEY_NOT_ALLOWED; NOT_FOUND when the address has no clip's id */
  async function readRequest(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
    const caller = await identify(request, reply);
    if (caller === null) throw new AppError('UNAUTHENTICATED');
    if (caller.key !== null && caller.key.scope !== 'READ') throw new AppError('KEY_NOT_ALLOWED');
    const id = idSchema.safeParse(request.params.id);
    if (!id.success) throw new AppError('NOT_FOUND');
    return { ...caller, clipId: id.data };
  }

  for (const [path, representation] of Object.entries(CLIP_REPRESENTATIONS)) {
    app.route<{ Params: { id: string }; Querystring: { v?: string } }>({
      method: ['GET', 'HEAD'],
      url: `/api/clips/:id/${path}`,
      async handler(request, reply) {
        const { user, key, clipId } = await readRequest(request, reply);
        const { kind } = representation;
        const file =
          key === null
            ? await clips.file(user.id, clipId, kind, request.query.v)
            : await clips.ownFile(user.id, clipId, kind, request.query.v);
        const channelName = representation.isDownload ? await clips.channelName(user.id, clipId) : null;
        // The app's own player never shows what lies before the start, and has the first picture at once.
        const isForOthers = representation.isDownload || key !== null;
        const served = isForOthers ? await exactVideos.find(file, DOWNLOAD_PATIENCE_MS) : { file, storage };
        return answerWithFile(request, reply, { ...served, representation, channelName });
      },
    });
  }

  app.route<{ Params: { id: string } }>({
    method: ['GET', 'HEAD'],
    url: '/api/clips/:id/tracks',
    async handler(request, reply) {
      const { user, clipId } = await readRequest(request, reply);
      const download = await tracks.find(user.id, clipId);
      const channelName = await clips.channelName(user.id, clipId);
      return answerWithFile(request, reply, { ...download, representation: TRACKS, channelName });
    },
  });
}

const TRACKS: Representation = {
  kind: 'video',
  contentType: 'video/mp4',
  extension: 'tracks.mp4',
  isDownload: true,
};
