import { isDatabaseAway } from '@hindsight/db/database-away';
import type { AnyRouter } from '@trpc/server';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { requestErrorLevel } from '../request-error-level.ts';
import { toAppError, toTrpcError, type Caller, type RequestContext } from './trpc.ts';

const MAX_BATCH_SIZE = 20;

/** The context is made before any procedure's middleware, which would do this. */
function rethrowAsTrpcError(error: unknown): never {
  throw error instanceof AppError || isDatabaseAway(error) ? toTrpcError(toAppError(error)) : error;
}

type Identify = (request: FastifyRequest, reply: FastifyReply) => Promise<Caller | null>;

/** Serves a router under `/api/trpc`. */
export async function serveTrpc(
  app: FastifyInstance,
  {
    router,
    identify,
    identifyStream = identify,
    patience = {},
    metrics,
  }: {
    router: AnyRouter;
    identify: Identify;
    /** It is asked in place of `identify` when a subscription begins, and may refuse it with an AppError. */
    identifyStream?: Identify;
    /** Before these procedures, it waits so many milliseconds for a database that is away. */
    patience?: Readonly<Record<string, number>>;
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
        info: { type: string; calls: readonly { path: string }[] };
      }): Promise<RequestContext> => {
        const whoSent = info.type === 'subscription' ? identifyStream : identify;
        const forMs = Math.max(0, ...info.calls.map(({ path }) => patience[path] ?? 0));
        const caller = await retryWhileDatabaseIsAway(() => whoSent(req, res), { forMs }).catch(
          rethrowAsTrpcError,
        );
        return { user: caller?.user ?? null, key: caller?.key ?? null, request: req, reply: res };
      },
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
        const level = requestErrorLevel(appError.code);
        const isRefusal = level === 'debug';
        // Of what failed, the cause tells more.
        const err = isRefusal ? appError : (appError.cause ?? appError);
        req.log[level](
          { err, code: appError.code, path, userId: ctx?.user?.id },
          isRefusal ? 'procedure refused' : 'procedure failed',
        );
      },
    },
  });
}
