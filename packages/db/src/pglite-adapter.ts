import type { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/** Prisma's driver adapter for PGlite. Upstream's executeScript, which migrations use, neither waits nor reports errors. */
export function pgliteAdapter(pglite: PGlite): SqlMigrationAwareDriverAdapterFactory {
  const upstream = new PrismaPGlite(pglite);
  return {
    provider: upstream.provider,
    adapterName: upstream.adapterName,
    async connect() {
      const adapter = await upstream.connect();
      adapter.executeScript = async (script) => {
        await pglite.exec(script);
      };
      return adapter;
    },
    connectToShadowDb: () => upstream.connectToShadowDb(),
  };
}
