import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAttemptLimits, forgetAttempts } from './attempt-limits.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

let names = 0;
const createLimit = (
  { now, ...options }: { max: number; windowMs: number; now: () => number },
  name = `limit-${names++}`,
) => createAttemptLimits({ db: database.client, now })(name, options);
const refused = expect.objectContaining({ code: 'RATE_LIMITED' }) as unknown;

describe('attempt limit', () => {
  it('refuses the attempt after the last allowed one, by key', async () => {
    const limit = createLimit({ max: 2, windowMs: 1000, now: () => 0 });
    await limit.take('ada');
    await limit.take('ada');
    await expect(limit.take('ada')).rejects.toEqual(refused);
    await expect(limit.take('bob')).resolves.toBeUndefined();
  });

  it('allows attempts again when the window is over', async () => {
    let nowMs = 0;
    const limit = createLimit({ max: 1, windowMs: 1000, now: () => nowMs });
    await limit.take('ada');
    nowMs = 999;
    await expect(limit.take('ada')).rejects.toEqual(refused);
    nowMs = 1000;
    await limit.take('ada');
    await expect(limit.take('ada')).rejects.toEqual(refused);
  });

  it('does not count attempts that were given back', async () => {
    const limit = createLimit({ max: 1, windowMs: 1000, now: () => 0 });
    for (let attempt = 0; attempt < 5; attempt++) {
      await limit.take('ada');
      await limit.giveBack('ada');
    }
    await limit.take('ada');
    await expect(limit.take('ada')).rejects.toEqual(refused);
  });

  it('counts simultaneous attempts on several servers together', async () => {
    const options = { max: 10, windowMs: 1000, now: () => 0 };
    const limits = [createLimit(options, 'shared'), createLimit(options, 'shared')];
    const taken = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) => limits[index % 2]?.take('ada')),
    );
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('forgets attempts after their window', async () => {
    const limit = createLimit({ max: 1, windowMs: 1000, now: () => 0 });
    await limit.take('somebody’s long name'.repeat(1000));
    await forgetAttempts(database.client, 5000);
    expect(await database.client.attemptCount.count()).toBe(0);
  });
});
