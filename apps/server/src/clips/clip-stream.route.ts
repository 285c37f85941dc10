import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LocalStorage } from '../storage/local-storage.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { attachmentDisposition, isRangeCurrent, matchesEtag, parseByteRange } from './byte-range.ts';
import type { ClipFile, Clips } from './clips.service.ts';

interface ClipStreamDependencies {
  clips: Pick<Clips, 'file'>;
  storage: Pick<LocalStorage, 'read'>;
  authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;
}

interface Representation {
  kind: 'video' | 'poster';
  contentType: string;
  /** Saved under the clip's title instead of shown. */
  isDownload: boolean;
}

const ROUTES: Record<string, Representation> = {
  video: { kind: 'video', contentType: 'video/mp4', isDownload: false },
  'poster.jpg': { kind: 'poster', contentType: 'image/jpeg', isDownload: false },
  download: { kind: 'video', contentType: 'video/mp4', isDownload: true },
};

/** `/api/clips/:id/video`, `/poster.jpg` and `/download`, for the clip's owner alone. */
export function clipStreamRoutes(app: FastifyInstance, dependencies: ClipStreamDependencies): void {
  const { clips, storage, authenticate } = dependencies;
  for (const [path, representation] of Object.entries(ROUTES)) {
    app.route<{ Params: { id: string } }>({
      method: ['GET', 'HEAD'],
      url: `/api/clips/:id/${path}`,
      async handler(request, reply) {
        const user = await authenticate(request, reply);
        if (user === null) throw new AppError('UNAUTHENTICATED');
        const id = idSchema.safeParse(request.params.id);
        if (!id.success) throw new AppError('NOT_FOUND');
        const file = await clips.file(user.id, id.data, representation.kind);
        return answer(request, reply, { file, representation, storage });
      },
    });
  }
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    file,
    representation,
    storage,
  }: {
    file: ClipFile;
    representation: Representation;
    storage: Pick<LocalStorage, 'read'>;
  },
): Promise<FastifyReply> {
  const { headers } = request;
  const etag = `"${file.checksum}"`;
  void reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('last-modified', file.createdAt.toUTCString())
    // Kept by the browser, but asked for each time: the clip may be deleted, or the account signed out.
    .header('cache-control', 'private, no-cache');
  if (representation.isDownload)
    void reply.header('content-disposition', attachmentDisposition(`${file.title}.mp4`));
  if (matchesEtag(headers['if-none-match'], etag)) return reply.code(304).send();

  const isCurrent = isRangeCurrent([headers['if-range']].flat()[0], { etag, modifiedAt: file.createdAt });
  // Only GET knows ranges (RFC 9110, 14.2).
  const asked = isCurrent && request.method === 'GET' ? headers.range : undefined;
  const range = parseByteRange(asked, file.sizeBytes);
  if (range === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${file.sizeBytes}`).send();

  const { start, end } = range ?? { start: 0, end: file.sizeBytes - 1 };
  if (range !== null) void reply.code(206).header('content-range', `bytes ${start}-${end}/${file.sizeBytes}`);
  void reply.type(representation.contentType).header('content-length', end - start + 1);
  if (request.method === 'HEAD') return reply.send();
  return reply.send(await storage.read(file.storageKey, { start, end }));
}
