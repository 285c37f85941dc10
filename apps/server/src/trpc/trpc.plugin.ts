import type { AnyRouter } from '@trpc/server';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { toAppError, type RequestContext, type SignedInUser } from './trpc.ts';

const MAX_BATCH_SIZE = 20;

type Authenticate = (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | null>;

/** Serves a router under `/api/trpc`. */
export async function serveTrpc(
  app: FastifyInstance,
  {
    router,
    authenticate,
    authenticateStream = authenticate,
    metrics,
  }: {
    router: AnyRouter;
    authenticate: Authenticate;
    /** It is asked in place of `authenticate` when a subscription begins. */
    authenticateStream?: Authenticate;
    metrics: Pick<Metrics, 'countError'>;
  },
): Promise<void> {
  await app.register(fastifyTRPCPlugin, {
    prefix: '/api/trpc',
    trpcOptions: {
      router,
      maxBatchSize: MAX_BATCH_SIZE,
      createContext: async ({
        req,
        res,
        info,
      }: {
        req: FastifyRequest;
        res: FastifyReply;
        info: { type: string };
      }): Promise<RequestContext> => ({
        user: await (info.type === 'subscription' ? authenticateStream : authenticate)(req, res),
        request: req,
        reply: res,
      }),
      onError: ({
        error,
        path,
        req,
        ctx,
      }: {
        error: Error;
        path: string | undefined;
        req: FastifyRequest;
        ctx?: RequestContext;
      }) => {
        const appError = toAppError(error);
        metrics.countError(appError.code);
        if (appError.code === 'INTERNAL')
          req.log.error({ err: appError.cause, path, userId: ctx?.user?.id }, 'procedure failed');
        else req.log.debug({ err: appError, path, userId: ctx?.user?.id }, 'procedure refused');
      },
    },
  });
}
