import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import type {
  SqlDriverAdapterFactory,
  SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import { PrismaClient } from '../generated/client.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { DatabaseError } from './errors.ts';
import { applyMigrations } from './migrate.ts';
import { pgliteAdapter } from './pglite-adapter.ts';
import { openPGliteFolder } from './pglite.ts';
import { migrationAdapter, openPool } from './postgres.ts';

/** A database is open and migrated. Other users of it, such as the job queue, share the embedded instance or the server. */
export type Database = {
  client: PrismaClient;
  /** Ends every connection. Afterwards an embedded database is complete on disk. */
  close(): Promise<void>;
} & ({ kind: 'pglite'; pglite: PGlite } | { kind: 'postgres'; pool: pg.Pool; url: string });

/** The pool holds at most this many connections. @internal Tests open pools of the same size. */
export const MAX_CONNECTIONS = 20;

/**
 * Opens a database and applies the migrations that are missing.
 * @param url `pglite://memory`, `pglite://<folder>` or `postgresql://…`
 * @throws DatabaseError with a remedy, when the url, the server, its credentials, the folder or a migration is at fault
 */
export async function openDatabase(url: string): Promise<Database> {
  const target = parseDatabaseUrl(url);
  switch (target.kind) {
    case 'memory': {
      const pglite = await PGlite.create();
      return openMigrated(pglite, () => pglite.close());
    }
    case 'folder': {
      const { pglite, close } = await openPGliteFolder(target.folder);
      return openMigrated(pglite, close);
    }
    case 'postgres': {
      // The pool has one connection, because migrations run in one transaction.
      const migrationPool = await openPool(target.url, target.label, 1);
      await migrate(migrationAdapter(migrationPool), () => migrationPool.end());
      await migrationPool.end();
      return postgresDatabase(await openPool(target.url, target.label, MAX_CONNECTIONS), target.url);
    }
  }
}

/** Wraps an embedded database that is already migrated. @internal Tests open copies of one. */
export function pgliteDatabase(pglite: PGlite, closePGlite: () => Promise<void>): Database {
  const client = createClient(pgliteAdapter(pglite));
  return {
    kind: 'pglite',
    client,
    pglite,
    async close() {
      await client.$disconnect();
      await closePGlite();
    },
  };
}

/**
 * Wraps a pool of connections to a server's database that is already migrated.
 * @internal Tests open copies of one.
 */
export function postgresDatabase(pool: pg.Pool, url: string): Database {
  const client = createClient(new PrismaPg(pool));
  return {
    kind: 'postgres',
    client,
    pool,
    url,
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}

async function openMigrated(pglite: PGlite, close: () => Promise<void>): Promise<Database> {
  await migrate(pgliteAdapter(pglite), close);
  // PGlite looked for array types when it was opened, before the migrations created those of our enums.
  await pglite.refreshArrayTypes();
  return pgliteDatabase(pglite, close);
}

async function migrate(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
  onFailure: () => Promise<void>,
): Promise<void> {
  try {
    await applyMigrations(adapterFactory);
  } catch (error) {
    await onFailure();
    throw new DatabaseError(
      'MIGRATION_FAILED',
      `The database could not be brought up to date and was left as it was: ${(error as Error).message}`,
      'Check that the database belongs to this program and version, and that its user may create tables.',
      { cause: error },
    );
  }
}

function createClient(adapter: SqlDriverAdapterFactory): PrismaClient {
  // Transactions wait for the embedded database's only connection or for one of the pool's, which is normal under load.
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 15_000, timeout: 15_000 } });
}
