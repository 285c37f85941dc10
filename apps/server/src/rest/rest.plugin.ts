import type { PrismaClient } from '@hindsight/db/client';
import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { createPressLengths } from '../capture/accept/press-lengths.service.ts';
import type { Callers } from '../keys/callers.ts';
import type { RequestContext } from '../trpc/trpc.ts';
import { adminRoutes } from './admin.routes.ts';
import { exportRoutes } from './export.routes.ts';
import { createOwnBuffers } from './own-buffers.ts';
import { pressRoutes } from './press.routes.ts';
import { replayRoutes } from './replay.routes.ts';
import type { RestApi } from './rest-api.ts';
import { answerErrors } from './rest-errors.ts';
import { admitCallers } from './rest-request.ts';
import { tryPage } from './try-page.ts';

const PREFIX = '/livekit-replay';
const DESCRIPTION = `The replay buffer for programs. They send a key of the Me page, or the token of a session, as
\`Authorization: Bearer …\`. A key presses or reads; each endpoint says which errors it answers with.`;
const TAGS = [
  { name: 'press', description: 'For programs that know nothing but their key.' },
  { name: 'recording', description: 'Recording a screen share into a buffer.' },
  { name: 'clips', description: 'Saving clips, and those that are saved.' },
  { name: 'exports', description: 'Files of other forms that are made of clips.' },
  { name: 'admin', description: 'For admins of communities and of the instance.' },
];

/** Serves the replay buffer as REST under `/livekit-replay`, as it was first specified, with an OpenAPI document. */
export async function serveRest(
  app: FastifyInstance,
  {
    db,
    identify,
    api,
    publicUrl,
  }: {
    db: PrismaClient;
    identify: Callers['identify'];
    /** Returns the procedures, to be called for a request. */
    api: (context: RequestContext) => RestApi;
    publicUrl: string | null;
  },
): Promise<void> {
  let document: () => unknown = () => null;
  await app.register(
    async (scope) => {
      scope.setValidatorCompiler(validatorCompiler);
      scope.setSerializerCompiler(serializerCompiler);
      await scope.register(swagger, {
        openapi: {
          openapi: '3.1.0',
          info: {
            title: 'Hindsight replay buffer',
            version: '1.0.0',
            description: DESCRIPTION,
            license: { name: 'MIT', identifier: 'MIT' },
          },
          servers: [{ url: publicUrl ?? '/' }],
          tags: TAGS,
          components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
          security: [{ bearer: [] }],
        },
        transform: jsonSchemaTransform,
        transformObject: (draft) => finished(jsonSchemaTransformObject(draft)),
      });
      await scope.register(async (rest) => {
        answerErrors(rest);
        acceptNoBody(rest);
        const requests = admitCallers(rest, { identify, api });
        const buffers = createOwnBuffers({ db });
        const originOf = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`;
        pressRoutes(rest, { requests, buffers, originOf, lengths: createPressLengths({ db }) });
        replayRoutes(rest, { requests, buffers, originOf });
        exportRoutes(rest, { requests, originOf });
        adminRoutes(rest, { requests });
      });
      document = () => scope.swagger();
    },
    { prefix: PREFIX },
  );
  // Outside of that scope, because the document describes all routes inside.
  await app.register(async (page) => tryPage(page, { document: () => document() }), { prefix: PREFIX });
}

type DocumentObject = ReturnType<SwaggerTransformObject>;

interface Body {
  required?: boolean;
  content: { 'application/json': { schema: { required?: string[] } } };
}

/** Says of bodies that need no field that they may be missing, and leaves out what is unused. */
function finished(document: DocumentObject): DocumentObject {
  const { paths } = document as { paths: Record<string, Record<string, { requestBody?: Body }>> };
  for (const { requestBody } of Object.values(paths).flatMap((methods) => Object.values(methods)))
    if (requestBody !== undefined)
      requestBody.required = (requestBody.content['application/json'].schema.required ?? []).length > 0;
  return withoutUnused(document);
}

/** Leaves out schemas that nothing refers to: of each there is also a form for inputs. */
function withoutUnused(document: DocumentObject): DocumentObject {
  const { components } = document as { components?: { schemas?: Record<string, unknown> } };
  const text = JSON.stringify(document);
  const all = Object.entries(components?.schemas ?? {});
  const used = all.filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  if (used.length === all.length) return document;
  const schemas = Object.fromEntries(used);
  return withoutUnused({ ...document, components: { ...components, schemas } } as DocumentObject);
}

/**
 * Takes a missing body, with a type or without, for an empty object: a macro pad should need nothing but an address. Some programs name
 * a type of their own for a body that they don't send, such as Home Assistant and PowerShell.
 */
function acceptNoBody(rest: FastifyInstance): void {
  const parse = rest.getDefaultJsonParser('error', 'error');
  rest.removeAllContentTypeParsers();
  rest.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, {});
    else void parse(request, body, done);
  });
  rest.addContentTypeParser<string>('*', { parseAs: 'string' }, ({ headers }, body, done) => {
    if (body === '') done(null, {});
    else
      done(
        new AppError('VALIDATION_FAILED', {
          detail: `The body must be sent as application/json, not as ${headers['content-type']}.`,
        }),
      );
  });
  rest.addHook('preValidation', async (request) => {
    if (request.method !== 'GET' && request.body === undefined) request.body = {};
  });
}
