import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { openTestDatabase } from './testing.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('every test database is empty and its own', async () => {
  const other = await openTestDatabase();
  await database.client.user.create({ data: { username: 'Ada', usernameKey: 'ada', passwordHash: '-' } });
  expect(await database.client.user.count()).toBe(1);
  expect(await other.client.user.count()).toBe(0);
  await other.close();
});

test.each<[string, (database: Database) => Promise<unknown>]>([
  ['a query', ({ client }) => client.user.count()],
  ['raw SQL', ({ client }) => client.$queryRaw`SELECT 1`],
  ['another transaction', ({ client }) => client.$transaction((tx) => tx.user.count())],
])('%s that takes a second connection beside an open transaction fails', async (_, ask) => {
  const attempt = database.client.$transaction(async (tx) => {
    await tx.user.count();
    await ask(database);
  });
  await expect(attempt).rejects.toThrow('beside an open transaction');
  await expect(ask(database)).resolves.toBeDefined();
});
