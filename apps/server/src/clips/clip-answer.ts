import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { attachmentDisposition, isRangeCurrent, matchesEtag, parseByteRange } from './byte-range.ts';
import type { ClipFile, ClipFileKind } from './clip-files.ts';
import { labelled } from './labelled-file.ts';

export interface Representation {
  kind: ClipFileKind | 'export';
  contentType: string;
  /** A download's name ends with this. */
  extension?: string;
  /** The browser saves the file under the clip's title instead of showing it. */
  isDownload: boolean;
}

/** A representation of a clip itself. */
export type ClipRepresentation = Representation & { kind: ClipFileKind };

/** These files of a clip can be requested, by the last part of their path. */
export const CLIP_REPRESENTATIONS: Readonly<Record<string, ClipRepresentation>> = {
  video: { kind: 'video', contentType: 'video/mp4', isDownload: false },
  'poster.jpg': { kind: 'poster', contentType: 'image/jpeg', isDownload: false },
  'sprite.jpg': { kind: 'sprite', contentType: 'image/jpeg', isDownload: false },
  download: { kind: 'video', contentType: 'video/mp4', isDownload: true },
};

interface Answer {
  file: ClipFile;
  representation: Representation;
  /** A download tells this too; null when it must not. */
  channelName: string | null;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
}

/**
 * Answers with a file of a clip, or the requested part of it (RFC 9110: HEAD, Range, conditions). Downloads say in the file
 * itself what the clip is called now.
 */
export async function answerWithFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { file, representation, channelName, storage }: Answer,
): Promise<FastifyReply> {
  const disposition = representation.isDownload
    ? attachmentDisposition(`${file.title}.${representation.extension ?? 'mp4'}`)
    : null;
  const { kind } = representation;
  const url =
    request.method === 'GET' && (kind === 'video' || kind === 'small' || kind === 'export')
      ? await storage.downloadUrl(file.storageKey, { contentType: representation.contentType, disposition })
      : null;
  // The storage then handles ranges and conditions. The redirect isn't cached, because the URL stops working.
  if (url !== null) return reply.header('cache-control', 'no-store').redirect(url, 302);

  const { headers } = request;
  const labels = { title: file.title, ...(channelName === null ? {} : { album: channelName }) };
  const served =
    representation.isDownload && kind === 'video'
      ? await labelled(file, labels, storage)
      : { ...file, ...storage };
  const etag = `"${served.etag}"`;
  const describe = () => {
    if (disposition !== null) void reply.header('content-disposition', disposition);
    return (
      reply
        .header('accept-ranges', 'bytes')
        .header('etag', etag)
        .header('last-modified', file.createdAt.toUTCString())
        // The browser keeps the file, but asks each time: the clip may be deleted, or the user signed out.
        .header('cache-control', 'private, no-cache')
    );
  };
  if (matchesEtag(headers['if-none-match'], etag)) return describe().code(304).send();

  const isCurrent = isRangeCurrent([headers['if-range']].flat()[0], { etag, modifiedAt: file.createdAt });
  // Only GET supports ranges (RFC 9110, 14.2).
  const requested = isCurrent && request.method === 'GET' ? headers.range : undefined;
  const range = parseByteRange(requested, file.sizeBytes);
  if (range === 'unsatisfiable')
    return describe().code(416).header('content-range', `bytes */${file.sizeBytes}`).send();

  const { start, end } = range ?? { start: 0, end: file.sizeBytes - 1 };
  // The object is opened before any header is set, because the storage may be unreachable.
  const body = request.method === 'HEAD' ? null : await served.read(file.storageKey, { start, end });
  void describe()
    .type(representation.contentType)
    .header('content-length', end - start + 1);
  if (range !== null) void reply.code(206).header('content-range', `bytes ${start}-${end}/${file.sizeBytes}`);
  return body === null ? reply.send() : reply.send(body);
}
