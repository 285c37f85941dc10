import { PGlite } from '@electric-sql/pglite';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/**
 * Prisma's driver adapter for PGlite, made safe for migrations: upstream's executeScript neither waits nor reports
 * errors, and its shadow databases are never closed.
 */
export class PGliteAdapterFactory implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres';
  readonly adapterName = 'pglite';
  readonly #pglite: PGlite;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  connect(): Promise<SqlDriverAdapter> {
    return adapterOf(this.#pglite);
  }

  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const shadow = await PGlite.create();
    const adapter = await adapterOf(shadow);
    adapter.dispose = () => shadow.close();
    return adapter;
  }
}

async function adapterOf(pglite: PGlite): Promise<SqlDriverAdapter> {
  const adapter = await new PrismaPGlite(pglite).connect();
  adapter.executeScript = async (script) => {
    await pglite.exec(script);
  };
  return adapter;
}
