import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { NO_FILTERS, readMigrations, readSchema } from './migrations.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** Any number that no other user of the database takes: "hsight" in ASCII. */
const MIGRATION_LOCK = 0x687369676874;

/**
 * Brings a database up to date and records it in Prisma's own `_prisma_migrations`. All or nothing: a migration that
 * fails, or a process that dies in the middle, leaves the database as it was. Servers that start at once wait for each other.
 * @param adapterFactory over exactly one connection, because a transaction is kept open across the engine's calls
 * @returns the names of the migrations that were missing
 */
export async function applyMigrations(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string[]> {
  const migrationsList = await readMigrations();
  const connection = await adapterFactory.connect();
  await connection.executeScript('BEGIN');
  try {
    await connection.executeScript(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const { appliedMigrationNames } = await withSchemaEngine(adapterFactory, (engine) =>
      engine.applyMigrations({ migrationsList, filters: NO_FILTERS }),
    );
    await connection.executeScript('COMMIT');
    return appliedMigrationNames;
  } catch (error) {
    await connection.executeScript('ROLLBACK');
    throw error;
  }
}

/**
 * The SQL that leads from what the migrations make to what schema.prisma says, by Prisma's own differ.
 * @returns null when they agree
 */
export async function diffMigrationsToSchema(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string | null> {
  const [migrations, schema] = await Promise.all([readMigrations(), readSchema()]);
  const { exitCode, stdout } = await withSchemaEngine(adapterFactory, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: true,
      filters: NO_FILTERS,
    }),
  );
  return exitCode === 2 ? stdout : null;
}
