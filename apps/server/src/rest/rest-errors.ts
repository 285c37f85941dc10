import { APP_ERRORS, AppError, type AppErrorCode } from '@hindsight/shared/errors';
import type { FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toAppError } from '../trpc/trpc.ts';

/** Any endpoint may answer with these. */
const COMMON: readonly AppErrorCode[] = [
  ...(['VALIDATION_FAILED', 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'KEY_NOT_ALLOWED'] as const),
  ...(['PAYLOAD_TOO_LARGE', 'RATE_LIMITED', 'WRONG_HOST', 'INTERNAL', 'DATABASE_UNAVAILABLE'] as const),
];

const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(APP_ERRORS) as [AppErrorCode, ...AppErrorCode[]]),
      message: z.string().meta({ description: 'What happened.' }),
      detail: z.string().nullable(),
      remedy: z.string().meta({ description: 'The one thing to do about it.' }),
      errorId: z.string().nullable().meta({ description: 'The id of the log line of an INTERNAL error.' }),
    }),
  })
  .meta({ id: 'Error' });

/** This is an answer as Fastify and the document describe it. */
interface DescribedAnswer {
  description: string;
  content: { 'application/json': { schema: z.ZodType } };
}

/** Returns the answers of an endpoint that fails with these errors, by status. */
export function failures(...codes: AppErrorCode[]): Record<number, DescribedAnswer> {
  const byStatus = new Map<number, AppErrorCode[]>();
  for (const code of [...COMMON, ...codes]) {
    const { status } = APP_ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, known]) => [status, answer(known.join(', '), errorSchema)]),
  );
}

/** Returns an answer with its description. */
export function answer<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}

/** Has all errors of these routes answered like those of other routes. What a schema refuses is said in words. */
export function answerErrors(rest: FastifyInstance): void {
  rest.setErrorHandler((error: unknown) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const detail = error.validation
        .map(
          ({ instancePath, message }) =>
            `${instancePath.slice(1).replaceAll('/', '.') || 'the request'}: ${message}`,
        )
        .join('; ');
      throw new AppError('VALIDATION_FAILED', { detail, cause: error });
    }
    if (isResponseSerializationError(error)) throw new AppError('INTERNAL', { cause: error });
    // Fastify's own refusals are known by their status, those of procedures by their code.
    throw error instanceof Error && 'statusCode' in error ? error : toAppError(error);
  });
}
