import type { MigrationList } from '@prisma/schema-engine-wasm';
import { DatabaseError } from '../errors.ts';
import { inMigrationTransaction } from '../migrate.ts';
import { readMigrations } from '../migrations.ts';
import type { SingleConnection } from '../postgres.ts';
import { isEmpty, MIGRATIONS_TABLE, quoted, type RunSql, tablesInOrder } from './table-rows.ts';

/**
 * Fills an empty database with rows that were written under these migrations: makes their tables, has the rows inserted, and
 * applies the migrations that this release has beyond them. All of it is one transaction. Tables without rows, which a former
 * opening of the database made, are made anew.
 * @param insertRows may take its time; what it throws leaves the database as it was
 * @throws DatabaseError NOT_EMPTY, or the error of a migration or of `insertRows`; the database is as it was then
 */
export async function fillDatabase<T>(
  { adapter, run, label }: SingleConnection,
  migrations: MigrationList,
  insertRows: (run: RunSql) => Promise<T>,
): Promise<T> {
  return inMigrationTransaction(adapter, async (apply) => {
    // Whoever is told that the rows have arrived may delete what they came from, whatever the server is set to.
    await run('SET LOCAL synchronous_commit = on');
    // The server may be set to end transactions that wait for something else, as for the files of clips.
    await run('SET LOCAL idle_in_transaction_session_timeout = 0');
    await dropEmptyTables(run, label);
    await apply(migrations);
    const result = await insertRows(run);
    await apply(await readMigrations());
    return result;
  });
}

/**
 * Drops tables that have no rows.
 * @throws DatabaseError NOT_EMPTY when some have, or aren't ours
 */
async function dropEmptyTables(run: RunSql, label: string): Promise<void> {
  const tables = await tablesInOrder(run);
  const [record] = await run<{ name: string | null }>('SELECT to_regclass($1)::text AS name', [
    MIGRATIONS_TABLE,
  ]);
  const isOurs = record?.name != null;
  if (!isOurs && tables.length === 0) return;
  const all = [...tables, MIGRATIONS_TABLE].map(quoted).join(', ');
  // From here on, nobody adds a row that would be dropped.
  if (isOurs) await run(`LOCK TABLE ${all} IN ACCESS EXCLUSIVE MODE`);
  if (!isOurs || !(await isEmpty(run)))
    throw new DatabaseError(
      'NOT_EMPTY',
      `The database ${label} is not empty.`,
      'Use a new one (DATABASE_URL, DATA_DIR).',
    );
  await run(`DROP TABLE ${all}`);
  const types = await run<{ name: string }>(
    `SELECT typname AS name FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace`,
  );
  if (types.length > 0) await run(`DROP TYPE ${types.map(({ name }) => quoted(name)).join(', ')}`);
}
