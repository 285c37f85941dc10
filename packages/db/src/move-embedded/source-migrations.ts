import { createHash } from 'node:crypto';
import type { MigrationList } from '@prisma/schema-engine-wasm';
import type { RunSql } from '../rows/table-rows.ts';

/** The database was written by a release that this one doesn't know. */
export class OtherReleaseError extends Error {
  override readonly name = 'OtherReleaseError';
}

/**
 * Returns those of our migrations that a database has applied, in their order. It has none when its first start was interrupted.
 * @throws OtherReleaseError when it has one that we don't have, or another text of one, or one that isn't finished
 */
export async function appliedMigrations(run: RunSql, ours: MigrationList): Promise<MigrationList> {
  const [table] = await run<{ name: string | null }>(
    `SELECT to_regclass('_prisma_migrations')::text AS name`,
  );
  if (table?.name == null) return { ...ours, migrationDirectories: [] };
  const applied = await run<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const known = new Map(
    ours.migrationDirectories.map(({ path, migrationFile: { content } }) => [
      path,
      content.tag === 'ok' ? createHash('sha256').update(content.value).digest('hex') : undefined,
    ]),
  );
  for (const { name, checksum, finished } of applied) {
    if (!known.has(name))
      throw new OtherReleaseError(`it has the migration ${name}, which this release does not have`);
    if (known.get(name) !== checksum || !finished)
      throw new OtherReleaseError(`its migration ${name} is not the one that this release has`);
  }
  const names = new Set(applied.map(({ name }) => name));
  return { ...ours, migrationDirectories: ours.migrationDirectories.filter(({ path }) => names.has(path)) };
}
