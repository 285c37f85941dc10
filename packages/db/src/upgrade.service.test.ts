import { afterEach, beforeEach, expect, test } from 'vitest';
import type pg from 'pg';
import type { Database } from './database.ts';
import { applyMigrations } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import { migrationAdapter, openPool } from './postgres.ts';
import { diffToSchema } from './schema-diff.ts';
import { expectUpgraded, FIRST_RELEASE, installFirstRelease } from './testing-first-release.ts';
import { openTestDatabase } from './testing.ts';

let database: Database;
let pool: pg.Pool;
beforeEach(async () => {
  database = await openTestDatabase();
  pool = await openPool(database.url, 'the test database', 1);
});
afterEach(async () => {
  await pool.end();
  await database.close();
});

test('an instance of the first release is migrated without losing data', async () => {
  await installFirstRelease(pool);
  const applied = await applyMigrations(migrationAdapter(pool));
  const all = (await readMigrations()).migrationDirectories.map(({ path }) => path);
  expect([...FIRST_RELEASE, ...applied]).toEqual(all);
  expect(await diffToSchema(pool)).toBeNull();
  await expectUpgraded(database.client);
});
