import { isDatabaseAway } from '@hindsight/db/database-away';
import { initTRPC, TRPCError } from '@trpc/server';
import type { ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { AppError, APP_ERRORS, type AppErrorCode } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z, ZodError } from 'zod';

/** A request acts for this signed-in account. */
export interface SignedInUser {
  id: string;
  username: string;
  isInstanceAdmin: boolean;
}

/** A request shows this key for other programs. */
interface ShownKey {
  id: string;
  scope: ProgramKeyScope;
}

/** Whoever sent a request: somebody who is signed in, or a program that shows a key of theirs. */
export interface Caller {
  user: SignedInUser;
  key: ShownKey | null;
}

/** What is said of a procedure besides its schemas. */
interface ProcedureMeta {
  /** Keys of these scopes may call it. Without this, no key may. */
  keys?: readonly ProgramKeyScope[];
}

/** This is all that a procedure gets to know of its request. Services are given to the routers, never through the context. */
export interface RequestContext {
  user: SignedInUser | null;
  /** The user's key that the request shows in place of a session; null for sessions and for nobody. */
  key: ShownKey | null;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The client gets these fields besides tRPC's own. It reads `appCode`, never the message. */
export interface AppErrorData {
  appCode: AppErrorCode;
  detail: string | null;
  remedy: string;
  /** The id connects an INTERNAL error with its log line; null for other errors. */
  errorId: string | null;
}

/** Returns the AppError for whatever a procedure threw. Unknown errors become INTERNAL, and their text stays in the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ZodError)
    return new AppError('VALIDATION_FAILED', { detail: z.prettifyError(error), cause: error });
  if (error instanceof TRPCError) {
    if (error.cause instanceof AppError || error.cause instanceof ZodError || isDatabaseAway(error.cause))
      return toAppError(error.cause);
    if (error.code === 'NOT_FOUND') return new AppError('NOT_FOUND', { cause: error });
    if (error.code === 'PAYLOAD_TOO_LARGE') return new AppError('PAYLOAD_TOO_LARGE', { cause: error });
    if (error.code === 'TOO_MANY_REQUESTS') return new AppError('RATE_LIMITED', { cause: error });
    // tRPC itself refuses these: unreadable or wrongly typed bodies, and wrong methods.
    if (error.code !== 'INTERNAL_SERVER_ERROR') return new AppError('VALIDATION_FAILED', { cause: error });
  }
  return new AppError(isDatabaseAway(error) ? 'DATABASE_UNAVAILABLE' : 'INTERNAL', { cause: error });
}

const t = initTRPC
  .context<RequestContext>()
  .meta<ProcedureMeta>()
  .create({
    sse: {
      // The page takes a stream that says nothing for five seconds for a dead one.
      ping: { enabled: true, intervalMs: 2 * SECOND },
      // A signed-out account's streams are ended at once. This is for those that were missed, and for expired sessions.
      maxDurationMs: 10 * MINUTE,
      // A client that receives nothing, not even pings, reconnects.
      client: { reconnectAfterInactivityMs: 10 * SECOND },
    },
    errorFormatter({ shape, error, ctx }) {
      const appError = toAppError(error);
      const { trpc: code, status: httpStatus, remedy } = APP_ERRORS[appError.code];
      const data: AppErrorData = {
        appCode: appError.code,
        detail: appError.detail ?? null,
        remedy,
        errorId: appError.code === 'INTERNAL' ? (ctx?.request.id ?? null) : null,
      };
      return {
        ...shape,
        message: appError.message,
        data: { ...shape.data, stack: undefined, code, httpStatus, ...data },
      };
    },
  });

export const router = t.router;
export const mergeRouters = t.mergeRouters;

/** Returns tRPC's own error for an AppError, so that links and HTTP status agree with the error table. */
export function toTrpcError(error: AppError): TRPCError {
  return new TRPCError({ code: APP_ERRORS[error.code].trpc, message: error.message, cause: error });
}

const mapErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause } = result.error;
  if (cause instanceof AppError || isDatabaseAway(cause)) throw toTrpcError(toAppError(cause));
  return result;
});

/** Refuses keys wherever a procedure doesn't admit their scope by its `meta`, so that new procedures are closed to them. */
const refuseKeys = t.middleware(({ ctx, meta, next }) => {
  if (ctx.key !== null && meta?.keys?.includes(ctx.key.scope) !== true) throw new AppError('KEY_NOT_ALLOWED');
  return next();
});

export const publicProcedure = t.procedure.use(mapErrors).use(refuseKeys);

export const signedInProcedure = publicProcedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new AppError('UNAUTHENTICATED');
  return next({ ctx: { ...ctx, user: ctx.user } });
});
