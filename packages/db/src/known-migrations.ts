import type { MigrationList } from '@prisma/schema-engine-wasm';
import { checksumsOf, readMigrations } from './migrations.ts';
import type { RunSql } from './rows/table-rows.ts';

/** A migration as a database remembers it. The checksum is the SHA-256 of its text, in hex. */
interface AppliedMigration {
  name: string;
  /** Backups of former releases don't tell it. */
  checksum: string | null;
}

/** Rows were written under migrations that this release doesn't know. The message says which; it begins in the middle of a sentence. */
export class OtherReleaseError extends Error {
  override readonly name = 'OtherReleaseError';
}

/** Lists the migrations that a database has applied, in their order. It has none when its first start was interrupted. */
export async function appliedMigrations(run: RunSql): Promise<{ name: string; checksum: string }[]> {
  const [table] = await run<{ name: string | null }>(
    `SELECT to_regclass('_prisma_migrations')::text AS name`,
  );
  if (table?.name == null) return [];
  return run(
    `SELECT migration_name AS name, CASE WHEN finished_at IS NULL THEN 'unfinished' ELSE checksum END AS checksum
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name COLLATE "C"`,
  );
}

/**
 * Returns exactly those of this release's migrations that were applied.
 * @throws OtherReleaseError when this release doesn't have one of them, or has another text of it
 */
export async function knownMigrations(applied: readonly AppliedMigration[]): Promise<MigrationList> {
  const all = await readMigrations();
  const known = checksumsOf(all);
  for (const { name, checksum } of applied) {
    if (!known.has(name))
      throw new OtherReleaseError(`it has the migration ${name}, which this release does not have`);
    if (checksum !== null && known.get(name) !== checksum)
      throw new OtherReleaseError(`its migration ${name} is not the one that this release has`);
  }
  const names = new Set(applied.map(({ name }) => name));
  return { ...all, migrationDirectories: all.migrationDirectories.filter(({ path }) => names.has(path)) };
}
