import { randomUUID } from 'node:crypto';
import { MAX_QUOTA_BYTES } from '@hindsight/shared/admin';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_QUOTA_BYTES, openAdminStage, type AdminStage } from './testing/stage.ts';

let stage: AdminStage;
let call: ReturnType<AdminStage['asAdmin']>;

beforeAll(async () => {
  stage = await openAdminStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  await stage.db.community.deleteMany();
  await stage.db.user.deleteMany();
  const boss = await stage.createInstanceAdmin();
  await stage.db.user.update({ where: { id: boss.id }, data: { username: 'boss', usernameKey: 'boss' } });
  call = stage.asAdmin(boss);
});

async function account(username: string, usedBytes?: number): Promise<string> {
  const { id } = await stage.db.user.create({
    data: {
      username,
      usernameKey: username.toLowerCase(),
      passwordHash: '',
      ...(usedBytes === undefined
        ? {}
        : { replayQuota: { create: { quotaBytes: 1000n, usedBytes: BigInt(usedBytes) } } }),
    },
  });
  return id;
}

const names = (page: { items: { username: string }[] }) => page.items.map(({ username }) => username);

describe('the list of people', () => {
  it('is sorted by name, age or usage, and includes people without clips', async () => {
    await account('Bea', 10);
    await account('ada', 700);
    await account('Cleo');
    expect(names(await call.user.list({}))).toEqual(['ada', 'Bea', 'boss', 'Cleo']);
    expect(names(await call.user.list({ sort: 'newest' }))).toEqual(['Cleo', 'ada', 'Bea', 'boss']);
    expect(names(await call.user.list({ sort: 'mostUsed' })).slice(0, 2)).toEqual(['ada', 'Bea']);
    expect(names(await call.userQuota.list({ sort: 'mostUsed' })).slice(0, 2)).toEqual(['ada', 'Bea']);
  });

  it.each(['name', 'newest', 'mostUsed'] as const)('by %s comes in pages, each person once', async (sort) => {
    for (let i = 0; i < 6; i++) await account(`user ${i}`, i % 2 === 0 ? 5 : undefined);
    const all = await call.user.list({ sort });
    expect(all).toMatchObject({ total: 7, nextCursor: null });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await call.user.list({ sort, limit: 3, cursor });
      expect(page.total).toBe(7);
      seen.push(...names(page));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(names(all));
  });

  it('finds people by a part of their name, with quotas and communities', async () => {
    const id = await account('Hannah', 300);
    await account('Bob');
    const { id: communityId } = await stage.createCommunity();
    await stage.db.communityMember.create({ data: { communityId, userId: id } });
    const page = await call.user.list({ search: 'ANNA' });
    expect(page.total).toBe(1);
    expect(page.items[0]).toMatchObject({
      id,
      isInstanceAdmin: false,
      communityCount: 1,
      quota: { quotaBytes: 1000, usedBytes: 300, reservedBytes: 0, availableBytes: 700 },
    });
    expect((await call.userQuota.list({ search: 'anna' })).items).toEqual([
      {
        userId: id,
        username: 'Hannah',
        quotaBytes: 1000,
        usedBytes: 300,
        reservedBytes: 0,
        availableBytes: 700,
      },
    ]);
    expect((await call.user.list({ search: '%' })).total).toBe(0);
  });
});

describe('quotas', () => {
  it('start at the default, and can be set', async () => {
    const userId = await account('ada');
    expect(await call.userQuota.get({ userId })).toMatchObject({
      username: 'ada',
      quotaBytes: DEFAULT_QUOTA_BYTES,
    });
    expect(await call.userQuota.update({ userId, quotaBytes: MAX_QUOTA_BYTES })).toMatchObject({
      quotaBytes: MAX_QUOTA_BYTES,
      availableBytes: MAX_QUOTA_BYTES,
    });
  });

  it('may be set below the usage, and then nothing more can be saved', async () => {
    const userId = await account('ada', 600);
    expect(await call.userQuota.update({ userId, quotaBytes: 100 })).toMatchObject({
      quotaBytes: 100,
      usedBytes: 600,
      availableBytes: 0,
    });
    await expect(stage.db.$transaction((tx) => stage.quota.reserve(tx, userId, 1))).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
  });

  it.each([-1, MAX_QUOTA_BYTES + 1, 0.5])('refuse %d bytes', async (quotaBytes) => {
    const userId = await account('ada');
    await expect(call.userQuota.update({ userId, quotaBytes })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('answer NOT_FOUND for unknown people', async () => {
    const userId = randomUUID();
    for (const attempt of [
      () => call.userQuota.get({ userId }),
      () => call.userQuota.update({ userId, quotaBytes: 1 }),
    ])
      await expect(attempt()).rejects.toMatchObject({
        cause: expect.objectContaining({ code: 'NOT_FOUND' }),
      });
  });
});
