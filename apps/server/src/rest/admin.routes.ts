import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RestApi } from './rest-api.ts';
import { answer, failures } from './rest-errors.ts';
import type { RestRequests } from './rest-request.ts';
import {
  communityConfigBody,
  communityConfigSchema,
  idParams,
  quotaAnswerSchema,
  quotaBody,
} from './rest-schemas.ts';

/** Adds the endpoints for admins: the settings of a community, and what an account may keep. */
export function adminRoutes(
  app: FastifyInstance,
  { requests }: { requests: Pick<RestRequests<RestApi>, 'apiOf'> },
): void {
  const rest = app.withTypeProvider<ZodTypeProvider>();
  const config = { 200: answer('The settings', communityConfigSchema), ...failures('NOT_FOUND') };
  const quota = { 200: answer('The quota', quotaAnswerSchema), ...failures('NOT_FOUND') };
  const tags = ['admin'];

  rest.get(
    '/admin/community/:id/config',
    {
      schema: {
        ...{ operationId: 'getCommunityConfig', tags, params: idParams, response: config },
        summary: 'The replay settings of a community',
      },
    },
    async (request, reply) => {
      const { communityReplay } = requests.apiOf(request, reply).admin;
      return reply.send(await communityReplay.get({ communityId: request.params.id }));
    },
  );

  rest.patch(
    '/admin/community/:id/config',
    {
      schema: {
        ...{ operationId: 'updateCommunityConfig', tags, params: idParams, response: config },
        summary: 'Change the replay settings of a community',
        body: communityConfigBody,
      },
    },
    async (request, reply) => {
      const { communityReplay } = requests.apiOf(request, reply).admin;
      return reply.send(await communityReplay.update({ communityId: request.params.id, ...request.body }));
    },
  );

  rest.get(
    '/admin/users/:id/quota',
    {
      schema: {
        ...{ operationId: 'getUserQuota', tags, params: idParams, response: quota },
        summary: 'What an account may keep and uses',
      },
    },
    async (request, reply) => {
      const { userQuota } = requests.apiOf(request, reply).admin;
      return reply.send(await userQuota.get({ userId: request.params.id }));
    },
  );

  rest.patch(
    '/admin/users/:id/quota',
    {
      schema: {
        ...{ operationId: 'updateUserQuota', tags, params: idParams, response: quota },
        summary: 'Change what an account may keep',
        body: quotaBody,
      },
    },
    async (request, reply) => {
      const { userQuota } = requests.apiOf(request, reply).admin;
      return reply.send(await userQuota.update({ userId: request.params.id, ...request.body }));
    },
  );
}
