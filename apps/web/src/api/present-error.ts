import { TRPCClientError } from '@trpc/client';
import { APP_ERRORS, isAppErrorCode, type AppErrorCode } from '@hindsight/shared/errors';

/** What a person is shown of an error: what happened, the one thing to do, and who to name it to. */
export interface PresentedError {
  /** `UNREACHABLE`: no answer of ours came back at all. */
  code: AppErrorCode | 'UNREACHABLE';
  text: string;
  remedy: string;
  /** Ties an unexpected error to the server's log line. */
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

/** Reads the code and never the message, so that texts come from one table; without a code nothing of ours answered. */
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
