import { isDatabaseAway } from '@hindsight/db/database-away';
import { APP_ERRORS, AppError, type AppErrorCode } from '@hindsight/shared/errors';
import type { FastifyError, FastifyReply } from 'fastify';
import type { AppErrorData } from '../trpc/trpc.ts';

/** Every error outside tRPC has this body. */
interface ErrorBody {
  error: {
    code: AppErrorCode;
    message: string;
    detail: string | null;
    remedy: string;
    errorId: string | null;
  };
}

/** Programs that ask again by themselves wait this long; restarting a database takes a few seconds. */
export const RETRY_AFTER_SECONDS = 5;
const TRPC_PATH = '/api/trpc';
/** tRPC's envelope needs a JSON-RPC code; this one is for an invalid request. */
const INVALID_REQUEST = -32_600;

/** Answers with an error in our shape, or in tRPC's envelope for tRPC clients. */
export function sendAppError(reply: FastifyReply, error: AppError): FastifyReply {
  const { status, remedy } = APP_ERRORS[error.code];
  const detail = error.detail ?? null;
  const errorId = error.code === 'INTERNAL' ? reply.request.id : null;
  void reply.code(status).header('cache-control', 'no-store').type('application/json');
  if (error.code === 'DATABASE_UNAVAILABLE') void reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (reply.request.url.startsWith(TRPC_PATH)) {
    const data: AppErrorData = { appCode: error.code, detail, remedy, errorId };
    return reply.send({
      error: {
        message: error.message,
        code: INVALID_REQUEST,
        data: { code: APP_ERRORS[error.code].trpc, httpStatus: status, ...data },
      },
    });
  }
  const body: ErrorBody = { error: { code: error.code, message: error.message, detail, remedy, errorId } };
  return reply.send(body);
}

/** Returns the AppError for what Fastify or a route threw. Texts of unknown errors stay in the log. */
export function fromHttpError(error: FastifyError | AppError | Error): AppError {
  if (error instanceof AppError) return error;
  if (isDatabaseAway(error)) return new AppError('DATABASE_UNAVAILABLE', { cause: error });
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new AppError('PAYLOAD_TOO_LARGE', { cause: error });
  if (status === 429) return new AppError('RATE_LIMITED', { cause: error });
  if (status === 404) return new AppError('NOT_FOUND', { cause: error });
  if (status !== undefined && status >= 400 && status < 500)
    return new AppError('VALIDATION_FAILED', { cause: error });
  return new AppError('INTERNAL', { cause: error });
}
