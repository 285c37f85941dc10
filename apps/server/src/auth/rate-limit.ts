import { AppError } from '@hindsight/shared/errors';

/** Counts attempts by key in a fixed window. In memory: a restart forgives. */
export interface AttemptLimit {
  /** @throws AppError RATE_LIMITED when the key has used its attempts up */
  take(key: string): void;
  /** Takes back an attempt that turned out to be rightful. */
  giveBack(key: string): void;
}

/** Above this the expired entries are swept out, so that made-up keys can't fill the memory. */
const SWEEP_SIZE = 10_000;

export function createAttemptLimit({
  max,
  windowMs,
  now = Date.now,
}: {
  max: number;
  windowMs: number;
  now?: () => number;
}): AttemptLimit {
  const attempts = new Map<string, { count: number; endsAt: number }>();

  function sweep(): void {
    for (const [key, { endsAt }] of attempts) if (endsAt <= now()) attempts.delete(key);
  }

  return {
    take(key) {
      if (attempts.size >= SWEEP_SIZE) sweep();
      const entry = attempts.get(key);
      if (entry === undefined || entry.endsAt <= now()) {
        attempts.set(key, { count: 1, endsAt: now() + windowMs });
        return;
      }
      if (entry.count >= max) throw new AppError('RATE_LIMITED');
      entry.count += 1;
    },
    giveBack(key) {
      const entry = attempts.get(key);
      if (entry !== undefined && entry.count > 0) entry.count -= 1;
    },
  };
}
