import type { ExportDto } from '@hindsight/shared/clips/export';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ReplayRoutesDependencies } from './replay.routes.ts';
import { answer, failures } from './rest-errors.ts';
import { deletedSchema, exportBody, idParams, restExportSchema, restExportsSchema } from './rest-schemas.ts';

/** Adds the endpoints that make files of other forms of clips. */
export function exportRoutes(
  app: FastifyInstance,
  { requests, originOf }: Pick<ReplayRoutesDependencies, 'requests' | 'originOf'>,
): void {
  const rest = app.withTypeProvider<ZodTypeProvider>();

  rest.post(
    '/clips/:id/exports',
    {
      schema: {
        operationId: 'createExport',
        tags: ['exports'],
        summary: 'Make a file of another form of a clip of mine',
        description: 'It is made in the background; ask for the exports to see how far it is.',
        params: idParams,
        body: exportBody,
        response: {
          201: answer('The export', restExportSchema),
          ...failures(
            ...(['NOT_FOUND', 'CLIP_NOT_READY', 'EXPORT_LIMIT_TOO_SMALL', 'TOO_MANY_EXPORTS'] as const),
            ...(['QUOTA_EXCEEDED', 'DISK_LOW', 'STORAGE_UNAVAILABLE'] as const),
          ),
        },
      },
    },
    async (request, reply) => {
      const created = await requests
        .apiOf(request, reply)
        .export.create({ clipId: request.params.id, options: request.body });
      return reply.code(201).send(toRestExport(created, originOf(request)));
    },
  );

  rest.get(
    '/exports',
    {
      schema: {
        operationId: 'exports',
        tags: ['exports'],
        summary: 'My exports, the newest first',
        response: { 200: answer('The exports', restExportsSchema), ...failures() },
      },
    },
    async (request, reply) => {
      const { items } = await requests.apiOf(request, reply).export.list({});
      return reply.send({ exports: items.map((one) => toRestExport(one, originOf(request))) });
    },
  );

  rest.delete(
    '/exports/:id',
    {
      schema: {
        operationId: 'deleteExport',
        tags: ['exports'],
        summary: 'Delete an export of mine, or cancel it while it is made',
        params: idParams,
        response: { 200: answer('What that frees', deletedSchema), ...failures('NOT_FOUND') },
      },
    },
    async (request, reply) =>
      reply.send(await requests.apiOf(request, reply).export.remove({ exportId: request.params.id })),
  );
}

function toRestExport(one: ExportDto, origin: string): z.infer<typeof restExportSchema> {
  const { id, clipId, title, options, status, progress, sizeBytes, createdAt, endsAt } = one;
  return {
    ...{ id, clipId, title, kind: options.kind, status, progress, sizeBytes, createdAt, endsAt },
    errorCode: one.errorCode,
    downloadUrl: one.downloadUrl === null ? null : new URL(one.downloadUrl, origin).href,
  };
}
