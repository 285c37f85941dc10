import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { applyMigrations } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import { migrationAdapter, openPool } from './postgres.ts';
import { diffToSchema } from './schema-diff.ts';
import { openTestDatabase } from './testing.ts';

let database: Database;
let pool: pg.Pool;
let adapter: SqlMigrationAwareDriverAdapterFactory;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  pool = await openPool(database.url, 'the test database', 1);
  adapter = migrationAdapter(pool);
  await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return () => pool.end();
});
afterAll(() => database.close());

test('the migrations produce exactly the schema in schema.prisma', async () => {
  await applyMigrations(adapter);
  expect(await diffToSchema(pool)).toBeNull();
});

test('a difference between migrations and schema.prisma is returned as SQL', async () => {
  await applyMigrations(adapter);
  await pool.query(
    'ALTER TABLE "ReplayClip" DROP COLUMN "title"; DROP INDEX "EgressSession_userId_active_key"',
  );
  const script = await diffToSchema(pool);
  expect(script).toContain('ADD COLUMN     "title" TEXT NOT NULL');
  expect(script).toContain('CREATE UNIQUE INDEX "EgressSession_userId_active_key"');
});

test('each migration is applied once', async () => {
  const { migrationDirectories } = await readMigrations();
  const names = migrationDirectories.map((migration) => migration.path);
  expect(await applyMigrations(adapter)).toEqual(names);
  expect(await applyMigrations(adapter)).toEqual([]);
});

/** Counts the queries that are sent while migrations are applied. */
async function queriesOfMigrating(): Promise<number> {
  let queries = 0;
  const counting: SqlMigrationAwareDriverAdapterFactory = {
    ...adapter,
    async connect() {
      const connection = await adapter.connect();
      const queryRaw = connection.queryRaw.bind(connection);
      connection.queryRaw = (query) => {
        queries += 1;
        return queryRaw(query);
      };
      return connection;
    },
  };
  expect(await applyMigrations(counting)).toEqual([]);
  return queries;
}

test('the schema engine runs only when the database may be out of date', async () => {
  await applyMigrations(adapter);
  expect(await queriesOfMigrating()).toBe(2);
  await pool.query(`UPDATE "_prisma_migrations" SET "checksum" = repeat('0', 64)
    WHERE "migration_name" = (SELECT max("migration_name") FROM "_prisma_migrations")`);
  expect(await queriesOfMigrating()).toBeGreaterThan(2);
});

test('a failing migration leaves the database as it was and reports the reason', async () => {
  const broken = await readMigrations();
  const value = '-- one; two\nCREATE TABLE "Extra" (id int); SELECT * FROM "Nowhere";';
  broken.migrationDirectories.push({
    path: '29990101000000_broken',
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } },
  });
  const attempt = applyMigrations(adapter, broken);
  await expect(attempt).rejects.toThrow('relation "Nowhere" does not exist');
  const { rows } = await pool.query(`SELECT FROM information_schema.tables WHERE table_schema = 'public'`);
  expect(rows).toEqual([]);

  // Nothing is left that would block the next, correct release.
  const { migrationDirectories } = await readMigrations();
  expect(await applyMigrations(adapter)).toHaveLength(migrationDirectories.length);
});
