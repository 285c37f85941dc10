import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { answerWithFile, CLIP_REPRESENTATIONS } from './clip-answer.ts';
import type { Clips } from './clips.service.ts';

interface ClipStreamDependencies {
  clips: Pick<Clips, 'file'>;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
  authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;
}

/** Serves `/api/clips/:id/video`, `/poster.jpg`, `/sprite.jpg` and `/download` to users who may watch the clip. */
export function clipStreamRoutes(app: FastifyInstance, dependencies: ClipStreamDependencies): void {
  const { clips, storage, authenticate } = dependencies;
  for (const [path, representation] of Object.entries(CLIP_REPRESENTATIONS)) {
    app.route<{ Params: { id: string }; Querystring: { v?: string } }>({
      method: ['GET', 'HEAD'],
      url: `/api/clips/:id/${path}`,
      async handler(request, reply) {
        const user = await authenticate(request, reply);
        if (user === null) throw new AppError('UNAUTHENTICATED');
        const id = idSchema.safeParse(request.params.id);
        if (!id.success) throw new AppError('NOT_FOUND');
        const file = await clips.file(user.id, id.data, representation.kind, request.query.v);
        return answerWithFile(request, reply, { file, representation, storage });
      },
    });
  }
}
