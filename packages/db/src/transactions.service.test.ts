import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Prisma, PrismaClient } from '../generated/client.ts';
import type { Database } from './database.ts';
import { openTestDatabase } from './testing.ts';

let database: Database;
let db: PrismaClient;
beforeAll(async () => {
  database = await openTestDatabase({ mayAskBesideTransactions: true });
  db = database.client;
});
beforeEach(async () => {
  await db.user.deleteMany();
  await db.community.deleteMany();
});
afterAll(() => database.close());

test('a transaction that throws leaves no trace', async () => {
  const attempt = db.$transaction(async (tx) => {
    await addUser(tx, 'ada');
    throw new Error('changed my mind');
  });
  await expect(attempt).rejects.toThrow('changed my mind');
  expect(await db.user.count()).toBe(0);
});

test('others do not see an unfinished transaction', async () => {
  let seen = Number.NaN;
  await db.$transaction(async (tx) => {
    await addUser(tx, 'ada');
    seen = await db.user.count();
  });
  expect(seen).toBe(0);
  expect(await db.user.count()).toBe(1);
});

test('a row lock lets exactly 5 of 100 concurrent requests take the 5 slots', async () => {
  const { id: communityId } = await db.community.create({ data: { name: 'Night owls' } });
  await db.communityReplayConfig.create({ data: { communityId, maxConcurrent: 5 } });
  const userIds = await Promise.all(Array.from({ length: 100 }, (_, i) => addUser(db, `user-${i}`)));

  const taken = await Promise.all(userIds.map((userId) => takeSlot(communityId, userId)));

  expect(taken.filter(Boolean)).toHaveLength(5);
  expect(await db.egressSession.count({ where: { communityId } })).toBe(5);
});

test('100 concurrent conditional updates never pass the limit', async () => {
  const userId = await addUser(db, 'ada');
  await db.userReplayQuota.create({ data: { userId, quotaBytes: 1000n } });
  const changed = await Promise.all(
    Array.from(
      { length: 100 },
      () => db.$executeRaw`
        UPDATE "UserReplayQuota" SET "reservedBytes" = "reservedBytes" + 30
        WHERE "userId" = ${userId}::uuid AND "usedBytes" + "reservedBytes" + 30 <= "quotaBytes"`,
    ),
  );
  expect(changed.filter((rows) => rows === 1)).toHaveLength(33);
  const quota = await db.userReplayQuota.findUniqueOrThrow({ where: { userId } });
  expect(quota.reservedBytes).toBe(990n);
});

test('a transaction that takes too long is undone and blocks nobody', async () => {
  const slow = db.$transaction(
    async (tx) => {
      await addUser(tx, 'slow');
      await delay(400);
      await addUser(tx, 'too late');
    },
    { timeout: 200 },
  );
  // The second transaction waits for the slow one and gives up before it ends.
  const impatient = db.$transaction((tx) => addUser(tx, 'impatient'), { maxWait: 50 });
  const [slowResult] = await Promise.allSettled([slow, impatient]);
  expect(slowResult.status).toBe('rejected');

  await db.$transaction((tx) => addUser(tx, 'next'));
  const names = (await db.user.findMany()).map((user) => user.username);
  expect(names).toContain('next');
  expect(names).not.toContain('slow');
  expect(names).not.toContain('too late');
});

test('a connection is asked one thing after the other, as pg wants it, and goes on after what fails', async () => {
  // Pg tells only once in a process that it was asked several things at once.
  const script = `
    const { openPool } = await import(${JSON.stringify(new URL('postgres.ts', import.meta.url).href)});
    const pool = await openPool(${JSON.stringify(database.url)}, 'the test database', 1);
    const client = await pool.connect();
    const asked = ['1', '1 / 0', '2', '3'].map((value) => client.query('SELECT ' + value + ' AS value'));
    const answers = await Promise.allSettled(asked);
    console.log(answers.map((answer) => answer.value?.rows[0].value ?? answer.reason.message).join());
    client.release();
    await pool.end();`;
  const node = ['--throw-deprecation', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, node);
  expect(stdout.trim()).toBe('1,division by zero,2,3');
});

/** Takes a slot as the server does: whoever has the lock counts the slots and takes one, while the others wait. */
function takeSlot(communityId: string, userId: string): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const [config] = await tx.$queryRaw<{ maxConcurrent: number }[]>`
      SELECT "maxConcurrent" FROM "CommunityReplayConfig" WHERE "communityId" = ${communityId}::uuid FOR UPDATE`;
    const running = await tx.egressSession.count({ where: { communityId, status: 'ACTIVE' } });
    if (config === undefined || running >= config.maxConcurrent) return false;
    await tx.egressSession.create({
      data: {
        userId,
        communityId,
        status: 'ACTIVE',
        roomName: 'room',
        videoTrackSid: 'TR_video',
        quality: 'Q720P',
        segmentPath: 'room/user/session',
      },
    });
    return true;
  });
}

async function addUser(tx: Prisma.TransactionClient, name: string): Promise<string> {
  const user = await tx.user.create({ data: { username: name, usernameKey: name, passwordHash: '-' } });
  return user.id;
}
