import { randomUUID } from 'node:crypto';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { AppError } from '@hindsight/shared/errors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createQuota, type Quota, type QuotaTransaction } from './quota.service.ts';

describe('quota', () => {
  let database: Database;
  let quota: Quota;
  let userId: string;
  beforeAll(async () => {
    database = await openTestDatabase();
    quota = createQuota({ db: database.client, defaultQuotaBytes: 1000 });
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    const username = randomUUID();
    userId = (
      await database.client.user.create({ data: { username, usernameKey: username, passwordHash: '-' } })
    ).id;
  });

  const inTransaction = (step: (tx: QuotaTransaction) => Promise<void>) =>
    database.client.$transaction(step, { maxWait: 20_000, timeout: 20_000 });
  const reserve = (bytes: number) => inTransaction((tx) => quota.reserve(tx, userId, bytes));
  const release = (bytes: number) => inTransaction((tx) => quota.release(tx, userId, bytes));
  const commit = (reservedBytes: number, usedBytes: number) =>
    inTransaction((tx) => quota.commit(tx, userId, { reservedBytes, usedBytes }));

  it('gives everybody the default when it is first read', async () => {
    expect(await quota.mine(userId)).toEqual({
      quotaBytes: 1000,
      usedBytes: 0,
      reservedBytes: 0,
      availableBytes: 1000,
    });
  });

  it('reserves up to the last byte, and not one more', async () => {
    await reserve(1000);
    await expect(reserve(1)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await quota.mine(userId)).toMatchObject({ reservedBytes: 1000, availableBytes: 0 });
  });

  it('refuses a first reservation that is more than the default, and reserves nothing', async () => {
    await expect(reserve(1001)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await quota.mine(userId)).toMatchObject({ reservedBytes: 0, availableBytes: 1000 });
    await reserve(1000);
  });

  it('is never exceeded by a hundred requests at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => reserve(30)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toHaveLength(100 - 33);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await quota.mine(userId)).toMatchObject({ reservedBytes: 990, usedBytes: 0 });
  });

  it('stays exact when a hundred captures end in all possible ways at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await reserve(10);
        if (index % 2 === 0) await release(10);
        else await commit(10, 7);
        return index % 2;
      }),
    );
    expect(outcomes).toHaveLength(100);
    expect(await quota.mine(userId)).toMatchObject({ reservedBytes: 0, usedBytes: 50 * 7 });
  });

  it('turns a reservation into the size of the clip', async () => {
    await reserve(500);
    await commit(500, 420);
    expect(await quota.mine(userId)).toMatchObject({ usedBytes: 420, reservedBytes: 0, availableBytes: 580 });
  });

  it('lets a clip grow past its reservation while it fits, and refuses it when it does not', async () => {
    await reserve(500);
    await reserve(400);
    await commit(400, 500);
    await expect(commit(500, 501)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await quota.mine(userId)).toMatchObject({ usedBytes: 500, reservedBytes: 500 });
  });

  it('takes nothing when the transaction fails', async () => {
    const failing = inTransaction(async (tx) => {
      await quota.reserve(tx, userId, 600);
      throw new AppError('TOO_MANY_CAPTURES');
    });
    await expect(failing).rejects.toMatchObject({ code: 'TOO_MANY_CAPTURES' });
    expect((await quota.mine(userId)).reservedBytes).toBe(0);
  });

  it('frees the bytes of deleted clips, never below 0', async () => {
    await reserve(300);
    await commit(300, 300);
    await inTransaction((tx) => quota.free(tx, userId, 200));
    expect((await quota.mine(userId)).usedBytes).toBe(100);
    await inTransaction((tx) => quota.free(tx, userId, 200));
    expect((await quota.mine(userId)).usedBytes).toBe(0);
  });

  it('recounts reservations from the running captures', async () => {
    await reserve(700);
    const clip = { userId, roomName: 'r', title: 't', fromAt: new Date(), toAt: new Date(), durationMs: 1 };
    await database.client.replayClip.createMany({
      data: [
        { ...clip, reservedBytes: 250n },
        { ...clip, reservedBytes: 100n },
      ],
    });
    await quota.recountReserved();
    expect((await quota.mine(userId)).reservedBytes).toBe(350);
  });
});
