import { MINUTE } from '@hindsight/shared/units';
import { limitFailures, type AttemptLimits } from '../access/attempt-limits.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

/** The limit keeps somebody who finds a signed-in browser from guessing the password there. */
const WRONG_PASSWORDS_PER_USER = 10;

/**
 * Makes the limit on wrong passwords of people who are signed in. Everything that asks for the password again counts together.
 * @returns a function that does what checks the password, unless the account has used up its attempts (AppError RATE_LIMITED)
 */
export function createPasswordAttempts(limits: AttemptLimits) {
  const limit = limits('password', { max: WRONG_PASSWORDS_PER_USER, windowMs: MINUTE });
  return <T>({ id }: SignedInUser, attempt: () => Promise<T>): Promise<T> =>
    limitFailures([{ limit, key: id }], attempt);
}
