import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
  SqlQueryable,
} from '@prisma/driver-adapter-utils';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import { appliedMigrations } from './known-migrations.ts';
import { checksumsOf, NO_FILTERS, readMigrations } from './migrations.ts';
import type { RunSql } from './rows/table-rows.ts';
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
  return inMigrationTransaction(adapterFactory, async (apply) =>
    apply(migrations ?? (await readMigrations())),
  );
}

/** Applies those of the migrations that are missing, and returns their names. */
type ApplyMigrations = (migrations: MigrationList) => Promise<string[]>;

/**
 * Runs `work` in a transaction in which it can apply migrations, also several times, with other statements between. Others who
 * want to apply some wait for its end.
 * @param adapterFactory must use exactly one connection, because the transaction stays open across the engine's calls
 * @throws PostgreSQL's error about the migration that failed, or what `work` throws; the database is as it was then
 */
export async function inMigrationTransaction<T>(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
  work: (apply: ApplyMigrations) => Promise<T>,
): Promise<T> {
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
    const result = await work((migrations) => applyMissing(adapterFactory, connection, migrations));
    await runScript('COMMIT');
    return result;
  } catch (error) {
    // A broken connection has ended its transaction already, and its error is the one to tell.
    await runScript('ROLLBACK').catch(() => undefined);
    // By then the engine reports only that the transaction is aborted, so the first error is thrown instead.
    throw failures[0] ?? error;
  }
}

async function applyMissing(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
  connection: SqlDriverAdapter,
  migrationsList: MigrationList,
): Promise<string[]> {
  // The engine is a megabyte of WebAssembly, so a server that restarts after a crash must not wait for it.
  if (await isUpToDate(connection, migrationsList)) return [];
  const { appliedMigrationNames } = await withSchemaEngine(
    {
      provider: adapterFactory.provider,
      adapterName: adapterFactory.adapterName,
      connect: () => Promise.resolve(connection),
      connectToShadowDb: () => adapterFactory.connectToShadowDb(),
    },
    (engine) => engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
  );
  return appliedMigrationNames;
}

/** Says whether exactly these migrations, in their present text, have been applied. */
async function isUpToDate(connection: SqlQueryable, migrations: MigrationList): Promise<boolean> {
  const run: RunSql = async <Row>(sql: string) => {
    const { columnNames, rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
    return rows.map((row) => Object.fromEntries(columnNames.map((name, at) => [name, row[at]])) as Row);
  };
  const applied = (await appliedMigrations(run)).map(({ name, checksum }) => [name, checksum]);
  const wanted = [...checksumsOf(migrations)].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(applied) === JSON.stringify(wanted);
}
