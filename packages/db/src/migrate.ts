import { createHash } from 'node:crypto';
import type { SqlMigrationAwareDriverAdapterFactory, SqlQueryable } from '@prisma/driver-adapter-utils';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import { NO_FILTERS, readMigrations } from './migrations.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** The lock can be any number that nothing else in the database uses: "hsight" in ASCII. */
const MIGRATION_LOCK = 0x687369676874;

/**
 * Applies the missing migrations and records them in Prisma's own `_prisma_migrations`. It is all or nothing: when a migration
 * fails or the process dies, the database stays as it was. Servers that start at the same time wait for each other.
 * @param adapterFactory must use exactly one connection, because a transaction stays open across the engine's calls
 * @param migrations defaults to the product's own
 * @returns the names of the migrations that were applied
 * @throws PostgreSQL's error about the migration that failed
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
    // The engine is a megabyte of WebAssembly, so a server that restarts after a crash must not wait for it.
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
    // By then the engine reports only that the transaction is aborted, so the first error is thrown instead.
    throw failures[0] ?? error;
  }
}

/** Says whether exactly these migrations, in their present text, have been applied. */
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
