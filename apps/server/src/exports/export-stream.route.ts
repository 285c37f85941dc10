import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerWithFile } from '../clips/clip-answer.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Exports } from './exports.service.ts';

interface ExportStreamDependencies {
  exports: Pick<Exports, 'file'>;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
  authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;
}

/** Serves `/api/exports/:id/download` to the owner of an export. */
export function exportStreamRoutes(
  app: FastifyInstance,
  { exports, storage, authenticate }: ExportStreamDependencies,
): void {
  app.route<{ Params: { id: string } }>({
    method: ['GET', 'HEAD'],
    url: '/api/exports/:id/download',
    async handler(request, reply) {
      const user = await authenticate(request, reply);
      if (user === null) throw new AppError('UNAUTHENTICATED');
      const id = idSchema.safeParse(request.params.id);
      if (!id.success) throw new AppError('NOT_FOUND');
      const { mimeType: contentType, extension, ...file } = await exports.file(user.id, id.data);
      const representation = { kind: 'export', contentType, extension, isDownload: true } as const;
      return answerWithFile(request, reply, { file, representation, channelName: null, storage });
    },
  });
}
