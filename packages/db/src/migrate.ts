import { createHash } from 'node:crypto';
import type { SqlMigrationAwareDriverAdapterFactory, SqlQueryable } from '@prisma/driver-adapter-utils';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import { NO_FILTERS, readMigrations, readSchema } from './migrations.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** Any number that no other user of the database takes: "hsight" in ASCII. */
const MIGRATION_LOCK = 0x687369676874;

/**
 * Brings a database up to date and records it in Prisma's own `_prisma_migrations`. All or nothing: a migration that
 * fails, or a process that dies in the middle, leaves the database as it was. Servers that start at once wait for each other.
 * @param adapterFactory over exactly one connection, because a transaction is kept open across the engine's calls
 * @param migrations the product's own unless told
 * @returns the names of the migrations that were missing
 * @throws what PostgreSQL said about the migration that failed
 */
export async function applyMigrations(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
  migrations?: MigrationList,
): Promise<string[]> {
  const migrationsList = migrations ?? (await readMigrations());
  const connection = await adapterFactory.connect();
  const failures: unknown[] = [];
  const runScript = connection.executeScript.bind(connection);
  connection.executeScript = (script) =>
    runScript(script).catch((error: unknown) => {
      failures.push(error);
      throw error;
    });

  await runScript('BEGIN');
  try {
    await runScript(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    // The engine is a megabyte of WebAssembly: a server that comes back after a crash does without.
    if (await isUpToDate(connection, migrationsList)) {
      await runScript('COMMIT');
      return [];
    }
    const { appliedMigrationNames } = await withSchemaEngine(
      {
        provider: adapterFactory.provider,
        adapterName: adapterFactory.adapterName,
        connect: () => Promise.resolve(connection),
        connectToShadowDb: () => adapterFactory.connectToShadowDb(),
      },
      (engine) => engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
    );
    await runScript('COMMIT');
    return appliedMigrationNames;
  } catch (error) {
    await runScript('ROLLBACK');
    // The engine itself only tells that the transaction is aborted by then.
    throw failures[0] ?? error;
  }
}

/** Whether exactly these migrations have been applied, as they read now. */
async function isUpToDate(
  connection: SqlQueryable,
  { migrationDirectories }: MigrationList,
): Promise<boolean> {
  const select = async (sql: string) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
  const [[table] = []] = await select(`SELECT to_regclass('_prisma_migrations')::text`);
  if (table === null) return false;
  const applied = await select(`
    SELECT "migration_name" || ' ' || "checksum" || CASE WHEN "finished_at" IS NULL THEN ' unfinished' ELSE '' END
    FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`);
  const wanted = migrationDirectories.map(({ path, migrationFile: { content } }) =>
    content.tag === 'ok' ? `${path} ${createHash('sha256').update(content.value).digest('hex')}` : path,
  );
  const names = applied.map(([name]) => String(name));
  return JSON.stringify(names.toSorted()) === JSON.stringify(wanted.toSorted());
}

/**
 * The SQL that leads from what a migrated database holds to what schema.prisma says, by Prisma's own differ.
 * @returns null when they agree
 */
export async function diffToSchema(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string | null> {
  const schema = await readSchema();
  const { exitCode, stdout } = await withSchemaEngine(adapterFactory, (engine) =>
    engine.diff({
      // Its datasource, that is the adapter's database.
      from: { tag: 'schemaDatasource', ...schema, configDir: '' },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: true,
      filters: NO_FILTERS,
    }),
  );
  return exitCode === 2 ? stdout : null;
}
