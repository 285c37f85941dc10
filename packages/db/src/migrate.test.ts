import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyMigrations, diffToSchema } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import { pgliteAdapter } from './pglite-adapter.ts';
import { readEmbeddedTemplate } from './testing.ts';

let pglite: PGlite;
beforeAll(async () => {
  // Loading the template is faster than creating an empty database.
  pglite = await PGlite.create({ loadDataDir: await readEmbeddedTemplate() });
});
beforeEach(() => pglite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
afterAll(() => pglite.close());

test('the migrations produce exactly the schema in schema.prisma', async () => {
  await applyMigrations(pgliteAdapter(pglite));
  expect(await diffToSchema(pgliteAdapter(pglite))).toBeNull();
});

test('a difference between migrations and schema.prisma is returned as SQL', async () => {
  await applyMigrations(pgliteAdapter(pglite));
  await pglite.exec(
    'ALTER TABLE "ReplayClip" DROP COLUMN "title"; DROP INDEX "EgressSession_userId_active_key"',
  );
  const script = await diffToSchema(pgliteAdapter(pglite));
  expect(script).toContain('ADD COLUMN     "title" TEXT NOT NULL');
  expect(script).toContain('CREATE UNIQUE INDEX "EgressSession_userId_active_key"');
});

test('each migration is applied once', async () => {
  const { migrationDirectories } = await readMigrations();
  const names = migrationDirectories.map((migration) => migration.path);
  expect(await applyMigrations(pgliteAdapter(pglite))).toEqual(names);
  expect(await applyMigrations(pgliteAdapter(pglite))).toEqual([]);
});

/** Counts the queries that are sent while migrations are applied. */
async function queriesOfMigrating(): Promise<number> {
  let queries = 0;
  const adapter = pgliteAdapter(pglite);
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    const connection = await connect();
    const queryRaw = connection.queryRaw.bind(connection);
    connection.queryRaw = (query) => {
      queries += 1;
      return queryRaw(query);
    };
    return connection;
  };
  expect(await applyMigrations(adapter)).toEqual([]);
  return queries;
}

test('the schema engine runs only when the database may be out of date', async () => {
  await applyMigrations(pgliteAdapter(pglite));
  expect(await queriesOfMigrating()).toBe(2);
  await pglite.exec(`UPDATE "_prisma_migrations" SET "checksum" = repeat('0', 64)
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
  const attempt = applyMigrations(pgliteAdapter(pglite), broken);
  await expect(attempt).rejects.toThrow('relation "Nowhere" does not exist');
  const { rows } = await pglite.query(`SELECT FROM information_schema.tables WHERE table_schema = 'public'`);
  expect(rows).toEqual([]);

  // Nothing is left that would block the next, correct release.
  const { migrationDirectories } = await readMigrations();
  expect(await applyMigrations(pgliteAdapter(pglite))).toHaveLength(migrationDirectories.length);
});
