import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppErrorCode } from '@hindsight/shared/errors';
import type { AppRouter } from '@hindsight/server/app-router';

/** The answers of the server are keyed by the path of the call. A path that isn't there never answers. */
export type FakeAnswers = Record<string, (input: unknown) => unknown>;

/** Returns the error as the server sends it; throw it in an answer. */
export function refusal(appCode: AppErrorCode): TRPCClientError<AppRouter> {
  return TRPCClientError.from({ error: { code: -32000, message: appCode, data: { appCode } } });
}

/** Makes the last link of a client, which answers in the server's place, at the network's end of the port. */
export function fakeApiLink(answers: FakeAnswers): TRPCLink<AppRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        const answer = answers[op.path];
        if (answer === undefined) return;
        Promise.resolve()
          .then(() => answer(op.input))
          .then(
            (data) => {
              observer.next({ result: { data } });
              observer.complete();
            },
            (error: unknown) => observer.error(TRPCClientError.from(error as Error)),
          );
      });
}
