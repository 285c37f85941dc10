import { AppError } from '@hindsight/shared/errors';
import PQueue from 'p-queue';

/** Runs work in turn: previews must not take what calls and recordings need. */
export function createSequentialWork(maxWaiting: number) {
  const queue = new PQueue({ concurrency: 1 });

  return {
    /** @throws AppError RATE_LIMITED when too much is waiting already */
    run<T>(work: () => Promise<T>): Promise<T> {
      if (queue.size + queue.pending >= maxWaiting) throw new AppError('RATE_LIMITED');
      return queue.add(work);
    },

    /** Resolves once nothing runs any more. */
    idle: (): Promise<void> => queue.onIdle(),
  };
}
