import { expect, test } from 'vitest';
import { openTestDatabase } from './testing.ts';

test('every test database is empty and its own', async () => {
  const [one, other] = await Promise.all([openTestDatabase(), openTestDatabase()]);
  await one.client.user.create({ data: { username: 'Ada', usernameKey: 'ada', passwordHash: '-' } });
  expect(await one.client.user.count()).toBe(1);
  expect(await other.client.user.count()).toBe(0);
  await Promise.all([one.close(), other.close()]);
});
