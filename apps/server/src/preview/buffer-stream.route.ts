import { open } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BufferKey } from '../buffer/buffer-policy.ts';
import { parseByteRange } from '../clips/byte-range.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { BufferFile, PreviewService } from './preview.service.ts';

interface BufferStreamDependencies {
  preview: Pick<PreviewService, 'playlist' | 'file' | 'still' | 'conversion'>;
  authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;
}

const keySchema = z.object({ userId: idSchema, channelId: idSchema });
const fileSchema = keySchema.extend({ sessionId: idSchema, file: z.string().max(80) });
const conversionSchema = z.object({
  bytes: z.coerce.number().int().positive(),
  part: z.enum(['init.mp4', 'media.m4s']),
});
const msSchema = z.coerce.number().int().min(0).max(8.64e15);
const frozenSchema = z.object({ from: msSchema, to: msSchema, last: msSchema });

/**
 * Serves `/api/buffers/:userId/:channelId/…`: the playlist, media and stills of a buffer, to its owner only. Nothing may
 * be cached, because what the buffer has dropped must be gone.
 */
export function bufferStreamRoutes(app: FastifyInstance, dependencies: BufferStreamDependencies): void {
  const { preview, authenticate } = dependencies;

  async function requireUser(request: FastifyRequest, reply: FastifyReply): Promise<SignedInUser> {
    void reply.header('cache-control', 'no-store');
    const user = await authenticate(request, reply);
    if (user === null) throw new AppError('UNAUTHENTICATED');
    return user;
  }

  app.get('/api/buffers/:userId/:channelId/index.m3u8', async (request, reply) => {
    const user = await requireUser(request, reply);
    const frozen = frozenSchema.safeParse(request.query);
    const range = frozen.success
      ? { fromMs: frozen.data.from, toMs: frozen.data.to, lastBytes: frozen.data.last }
      : null;
    const text = await preview.playlist(user, parse(keySchema, request.params), range);
    return reply.type('application/vnd.apple.mpegurl').send(text);
  });

  app.get('/api/buffers/:userId/:channelId/:sessionId/:file', async (request, reply) => {
    const user = await requireUser(request, reply);
    const { key, name } = parseFile(request.params);
    return sendFile(request, reply, await preview.file(user, key, name));
  });

  app.get('/api/buffers/:userId/:channelId/:sessionId/:file/h264/:bytes/:part', async (request, reply) => {
    const user = await requireUser(request, reply);
    const { key, name } = parseFile(request.params);
    const { bytes, part } = parse(conversionSchema, request.params);
    const { init, media } = await preview.conversion(user, key, name, bytes);
    return reply.type('video/mp4').send(part === 'init.mp4' ? init : media);
  });

  app.get('/api/buffers/:userId/:channelId/:sessionId/:file/still.jpg', async (request, reply) => {
    const user = await requireUser(request, reply);
    const { key, name } = parseFile(request.params);
    return reply.type('image/jpeg').send(await preview.still(user, key, name));
  });
}

/** Parses parameters. A path that isn't one of ours is NOT_FOUND. */
function parse<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw new AppError('NOT_FOUND');
  return parsed.data;
}

function parseFile(params: unknown): { key: BufferKey; name: string } {
  const { sessionId, file, ...key } = parse(fileSchema, params);
  return { key, name: `${sessionId}/${file}` };
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, sizeBytes: readableBytes }: BufferFile,
): Promise<FastifyReply> {
  // Retention may have deleted the file meanwhile.
  const file = await open(path).catch(() => {
    throw new AppError('NOT_FOUND');
  });
  let isStreaming = false;
  try {
    const sizeBytes = readableBytes ?? (await file.stat()).size;
    const range = parseByteRange(request.headers.range, sizeBytes);
    void reply.header('accept-ranges', 'bytes');
    if (range === 'unsatisfiable')
      return reply.code(416).header('content-range', `bytes */${sizeBytes}`).send();
    const { start, end } = range ?? { start: 0, end: sizeBytes - 1 };
    if (range !== null) void reply.code(206).header('content-range', `bytes ${start}-${end}/${sizeBytes}`);
    void reply
      .type(path.endsWith('.ts') ? 'video/mp2t' : 'video/mp4')
      .header('content-length', end - start + 1);
    isStreaming = true;
    return reply.send(file.createReadStream({ start, end }));
  } finally {
    if (!isStreaming) await file.close();
  }
}
