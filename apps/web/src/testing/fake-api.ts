import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppErrorCode } from '@hindsight/shared/errors';
import type { AppRouter } from '@hindsight/server/app-router';

/** What the server would answer to each call, by its path; a path that isn't there never answers. */
export type FakeAnswers = Record<string, (input: unknown) => unknown>;

/** Throw it in an answer: the error as the server sends it. */
export function refusal(appCode: AppErrorCode): TRPCClientError<AppRouter> {
  return TRPCClientError.from({ error: { code: -32000, message: appCode, data: { appCode } } });
}

/** The last link of a client: answers in the server's place, at the network's end of the port. */
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
