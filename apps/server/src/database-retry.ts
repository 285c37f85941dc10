import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { SECOND } from '@hindsight/shared/units';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 1 * SECOND;

/**
 * Runs work, and runs it again for as long as it fails because the database is away. What was committed although its answer was
 * lost is done twice, so the work must allow for that.
 * @param options `forMs`: no attempt begins later than this after the call; without it, only the signal ends the attempts
 * @throws the last error of the work
 */
export async function retryWhileDatabaseIsAway<T>(
  work: () => Promise<T>,
  { forMs = Infinity, signal }: { forMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const deadline = performance.now() + forMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
    try {
      return await work();
    } catch (error) {
      const isWorthIt = isDatabaseAway(error) && performance.now() + delayMs <= deadline;
      if (!isWorthIt || signal?.aborted === true) throw error;
      // When it aborts, the wait ends with the same error as the work.
      await sleep(delayMs, undefined, { signal }).catch(() => Promise.reject(error));
    }
  }
}
