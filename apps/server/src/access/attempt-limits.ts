import { createHash } from 'node:crypto';
import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';

/** Counts attempts by key in a fixed time window, over all servers. */
export interface AttemptLimit {
  /**
   * Counts one attempt.
   * @throws AppError RATE_LIMITED when the key has used up its attempts
   */
  take(key: string): Promise<void>;
  /** Gives back an attempt that turned out to be legitimate. */
  giveBack(key: string): Promise<void>;
}

/** Makes limits. Limits with the same name, which says what is tried, share their counts. */
export type AttemptLimits = (name: string, options: { max: number; windowMs: number }) => AttemptLimit;

export function createAttemptLimits({
  db,
  now = Date.now,
}: {
  db: PrismaClient;
  now?: () => number;
}): AttemptLimits {
  return (name, options) => createAttemptLimit(db, name, { ...options, now });
}

function createAttemptLimit(
  db: PrismaClient,
  name: string,
  { max, windowMs, now }: { max: number; windowMs: number; now: () => number },
): AttemptLimit {
  /** Keys are hashed, so that they have one length whatever people type, and the table shows no names or addresses. */
  const rowKey = (key: string) => `${name}:${createHash('sha256').update(key).digest('base64url')}`;

  return {
    async take(key) {
      const [at, endsAt] = [new Date(now()), new Date(now() + windowMs)];
      // A single statement keeps two requests from both taking the last attempt. Refused attempts are not counted.
      const taken = await db.$executeRaw`
        INSERT INTO "AttemptCount" AS old ("key", "count", "endsAt") VALUES (${rowKey(key)}, 1, ${endsAt})
        ON CONFLICT ("key") DO UPDATE SET
          "count" = CASE WHEN old."endsAt" <= ${at} THEN 1 ELSE old."count" + 1 END,
          "endsAt" = CASE WHEN old."endsAt" <= ${at} THEN ${endsAt} ELSE old."endsAt" END
        WHERE old."endsAt" <= ${at} OR old."count" < ${max}`;
      if (taken === 0) throw new AppError('RATE_LIMITED');
    },
    async giveBack(key) {
      await db.attemptCount.updateMany({
        where: { key: rowKey(key), count: { gt: 0 } },
        data: { count: { decrement: 1 } },
      });
    },
  };
}

/** What an attempt counts for. */
type Counts = readonly { limit: AttemptLimit; key: string }[];

/**
 * Does something that counts as an attempt, unless it is refused because the server is busy: that has found out nothing.
 * @throws AppError RATE_LIMITED when a key has used up its attempts, and whatever the attempt throws
 */
export async function limitAttempts<T>(counts: Counts, attempt: () => Promise<T>): Promise<T> {
  for (const { limit, key } of counts) await limit.take(key);
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof AppError && error.code === 'SIGN_IN_BUSY') await giveBack(counts);
    throw error;
  }
}

/**
 * Does something that counts as an attempt only when it fails, and then as `limitAttempts` does.
 * @throws AppError RATE_LIMITED when a key has used up its attempts, and whatever the attempt throws
 */
export async function limitFailures<T>(counts: Counts, attempt: () => Promise<T>): Promise<T> {
  const result = await limitAttempts(counts, attempt);
  await giveBack(counts);
  return result;
}

async function giveBack(counts: Counts): Promise<void> {
  await Promise.all(counts.map(({ limit, key }) => limit.giveBack(key)));
}

/** Deletes counts whose window has ended, so that made-up keys don't fill the database. A periodic job calls it. */
export async function forgetAttempts(db: PrismaClient, nowMs: number): Promise<void> {
  await db.attemptCount.deleteMany({ where: { endsAt: { lt: new Date(nowMs) } } });
}
