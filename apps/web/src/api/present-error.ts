import { TRPCClientError } from '@trpc/client';
import { APP_ERRORS, isAppErrorCode, type AppErrorCode } from '@hindsight/shared/errors';

/** This is what a person is shown of an error: what happened, the one thing to do, and an id to report. */
export interface PresentedError {
  /** `UNREACHABLE` means that no answer from our server came back at all. */
  code: AppErrorCode | 'UNREACHABLE';
  text: string;
  remedy: string;
  /** The id ties an unexpected error to the server's log line. */
  errorId: string | null;
}

const UNREACHABLE: PresentedError = {
  code: 'UNREACHABLE',
  text: 'The server cannot be reached.',
  remedy: 'Check your connection; the page recovers by itself.',
  errorId: null,
};

function field(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
}

/**
 * Turns an error into texts for people. It reads the code and never the message, so that all texts come from one table;
 * an error without a code counts as no answer from our server.
 */
export function presentError(error: unknown): PresentedError {
  const data: unknown = error instanceof TRPCClientError ? error.data : undefined;
  const code = field(data, 'appCode');
  if (!isAppErrorCode(code)) return UNREACHABLE;
  const { text, remedy } = APP_ERRORS[code];
  const detail = field(data, 'detail');
  const errorId = field(data, 'errorId');
  return {
    code,
    // The detail of a validation error is a list of field names that only a developer reads.
    text: typeof detail === 'string' && code !== 'VALIDATION_FAILED' ? `${text} ${detail}` : text,
    remedy,
    errorId: typeof errorId === 'string' ? errorId : null,
  };
}
