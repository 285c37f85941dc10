import { createHash } from 'node:crypto';
import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';

/** Counts attempts by key in a fixed window, over all servers. */
export interface AttemptLimit {
  /** @throws AppError RATE_LIMITED when the key has used its attempts up */
  take(key: string): Promise<void>;
  /** Takes back an attempt that turned out to be rightful. */
  giveBack(key: string): Promise<void>;
}

/** Makes limits. Those of one name, which says what is tried, count together. */
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
  /** Of one length, whatever people type; and nobody reads names or addresses in it. */
  const rowKey = (key: string) => `${name}:${createHash('sha256').update(key).digest('base64url')}`;

  return {
    async take(key) {
      const [at, endsAt] = [new Date(now()), new Date(now() + windowMs)];
      // One statement, so that no two see the last attempt free. What is refused doesn't count.
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

/** Made-up keys mustn't fill the database. For a periodic job. */
export async function forgetAttempts(db: PrismaClient, nowMs: number): Promise<void> {
  await db.attemptCount.deleteMany({ where: { endsAt: { lt: new Date(nowMs) } } });
}
