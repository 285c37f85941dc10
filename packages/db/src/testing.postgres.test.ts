import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { openTestDatabase } from './testing.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test.each<[string, (database: Database) => Promise<unknown>]>([
  ['a query', ({ client }) => client.user.count()],
  ['raw SQL', ({ client }) => client.$queryRaw`SELECT 1`],
  ['another transaction', ({ client }) => client.$transaction((tx) => tx.user.count())],
])('%s that would wait for ever on the embedded database fails', async (_, ask) => {
  const attempt = database.client.$transaction(async (tx) => {
    await tx.user.count();
    await ask(database);
  });
  await expect(attempt).rejects.toThrow('beside an open transaction');
  await expect(ask(database)).resolves.toBeDefined();
});
