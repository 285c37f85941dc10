import { AppError } from '@hindsight/shared/errors';

/** Runs work in turn: previews must not take what calls and recordings need. */
export function oneAtATime(maxWaiting: number) {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  return {
    /** @throws AppError RATE_LIMITED when too much is waiting already */
    run<T>(work: () => Promise<T>): Promise<T> {
      if (waiting >= maxWaiting) throw new AppError('RATE_LIMITED');
      waiting += 1;
      const done = last.then(work).finally(() => (waiting -= 1));
      last = done.catch(() => undefined);
      return done;
    },

    /** Resolves once nothing runs any more. */
    async idle(): Promise<void> {
      await last;
    },
  };
}
