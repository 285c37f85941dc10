import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { Caller } from '../trpc/trpc.ts';
import { answerWithFile, CLIP_REPRESENTATIONS } from './clip-answer.ts';
import type { Clips } from './clips.service.ts';

interface ClipStreamDependencies {
  clips: Pick<Clips, 'file' | 'ownFile' | 'channelName'>;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
  identify: (request: FastifyRequest, reply: FastifyReply) => Promise<Caller | null>;
}

/**
 * Serves `/api/clips/:id/video`, `/poster.jpg`, `/sprite.jpg` and `/download` to users who may watch the clip. A key that reads gets
 * its owner's own clips alone.
 */
export function clipStreamRoutes(app: FastifyInstance, dependencies: ClipStreamDependencies): void {
  const { clips, storage, identify } = dependencies;
  for (const [path, representation] of Object.entries(CLIP_REPRESENTATIONS)) {
    app.route<{ Params: { id: string }; Querystring: { v?: string } }>({
      method: ['GET', 'HEAD'],
      url: `/api/clips/:id/${path}`,
      async handler(request, reply) {
        const caller = await identify(request, reply);
        if (caller === null) throw new AppError('UNAUTHENTICATED');
        const { user, key } = caller;
        if (key !== null && key.scope !== 'READ') throw new AppError('KEY_NOT_ALLOWED');
        const id = idSchema.safeParse(request.params.id);
        if (!id.success) throw new AppError('NOT_FOUND');
        const { kind } = representation;
        const file =
          key === null
            ? await clips.file(user.id, id.data, kind, request.query.v)
            : await clips.ownFile(user.id, id.data, kind, request.query.v);
        const channelName = representation.isDownload ? await clips.channelName(user.id, id.data) : null;
        return answerWithFile(request, reply, { file, representation, channelName, storage });
      },
    });
  }
}
