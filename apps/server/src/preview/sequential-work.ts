import { AppError } from '@hindsight/shared/errors';
import PQueue from 'p-queue';

/** Runs one piece of work at a time, because previews must not take the processors from calls and recordings. */
export function createSequentialWork(maxWaiting: number) {
  const queue = new PQueue({ concurrency: 1 });

  return {
    /**
     * Runs work in its turn.
     * @throws AppError RATE_LIMITED when too much is waiting already
     */
    run<T>(work: () => Promise<T>): Promise<T> {
      if (queue.size + queue.pending >= maxWaiting) throw new AppError('RATE_LIMITED');
      return queue.add(work);
    },

    /** Resolves when nothing runs any more. */
    idle: (): Promise<void> => queue.onIdle(),
  };
}
