import { fileURLToPath } from 'node:url';
import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import { Piscina } from 'piscina';
import type { HashCost } from './passwords.worker.ts';
import type * as worker from './passwords.worker.ts';

/** Beside the one that is being hashed, so many passwords may wait. A hash takes some 30 ms, so the wait is below a second. */
const MAX_WAITING = 16;

/** A thread that nobody needs ends after this long. It holds 14 MiB, and 19 MiB more after the first hash. */
const IDLE_MS = 10 * SECOND;

/** The thread's priority is lower by this much, in the steps of nice(1). */
const NICE = 5;

/** This is OWASP's first choice: 19 MiB, two passes. */
const SAFE_COST: HashCost = { memoryKib: 19_456, passes: 2 };

export type Passwords = ReturnType<typeof startPasswords>;

/**
 * Hashes passwords in a thread of its own, one after the other. The library's asynchronous calls run on libuv's threads,
 * which also read files: some wrong sign-ins at once would then delay every video.
 * @param cost of new hashes; tests that make many accounts want less
 */
export function startPasswords(cost = SAFE_COST) {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('passwords.worker.ts', import.meta.url)),
    workerData: cost,
    // Sign-ins are rare: the first one after a while waits for a new thread, which takes about as long as a hash or two.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    // Answering requests comes first. Only Linux has priorities for single threads.
    niceIncrement: process.platform === 'linux' ? NICE : 0,
  });

  async function run<Name extends keyof typeof worker>(
    name: Name,
    input: Parameters<(typeof worker)[Name]>[0],
  ): Promise<ReturnType<(typeof worker)[Name]>> {
    if (pool.queueSize >= MAX_WAITING) throw new AppError('SIGN_IN_BUSY');
    return (await pool.run(input, { name })) as ReturnType<(typeof worker)[Name]>;
  }

  return {
    /**
     * Hashes a password with a random salt.
     * @returns the PHC string that `isRight` compares with
     * @throws AppError SIGN_IN_BUSY when too many others wait
     */
    hash: (password: string): Promise<string> => run('hash', password),

    /**
     * Compares a password with its stored hash. Without a hash (no such user) it takes as long and returns false, so that
     * the response time doesn't tell which user names exist.
     * @throws AppError SIGN_IN_BUSY when too many others wait
     */
    isRight: (storedHash: string | undefined, password: string): Promise<boolean> =>
      run('isRight', { storedHash, password }),

    /** Ends the thread. Passwords that still wait are refused. */
    close: (): Promise<void> => pool.destroy(),
  };
}
