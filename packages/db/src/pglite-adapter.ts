import type { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { withScripts } from './script-adapter.ts';

/**
 * Returns Prisma's driver adapter for PGlite. Upstream's executeScript, which migrations use, neither waits nor reports errors.
 */
export function pgliteAdapter(pglite: PGlite): SqlMigrationAwareDriverAdapterFactory {
  return withScripts(new PrismaPGlite(pglite), (script) => pglite.exec(script));
}
