import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../generated/client.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { DatabaseError } from './errors.ts';
import { applyMigrations } from './migrate.ts';
import { KEPT_CONNECTIONS, openPool, openSingleConnection } from './postgres.ts';

/** A database is open and migrated. The job queue uses the pool, and connections beside the pool are made by the address. */
export interface Database {
  client: PrismaClient;
  pool: pg.Pool;
  url: string;
  /** Opens the connections that are kept, and has their processes read about the tables that a press needs. */
  warmUp(): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** The pool holds at most this many connections. @internal Tests open pools of the same size. */
export const MAX_CONNECTIONS = 20;

const TABLES_OF_A_PRESS = `
  SELECT FROM "Channel", "CommunityMember", "MemberRole", "Role", "EgressSession", "UserReplayQuota", "ReplayClip", "File"
  LIMIT 0`;

/**
 * Opens a database on a PostgreSQL server and applies the migrations that are missing.
 * @param url `postgresql://…`
 * @throws DatabaseError with a remedy, when the url, the server, its credentials or a migration is at fault
 */
export async function openDatabase(url: string): Promise<Database> {
  const { label } = parseDatabaseUrl(url);
  await migrate(url);
  return wrapPool(await openPool(url, label, MAX_CONNECTIONS), url);
}

/**
 * Wraps a pool of connections to a database that is already migrated. @internal Tests open copies of one.
 * @param options a transaction ends after `transactionTimeoutMs`, whatever it waits for
 */
export function wrapPool(
  pool: pg.Pool,
  url: string,
  { transactionTimeoutMs = 15_000 }: { transactionTimeoutMs?: number | undefined } = {},
): Database {
  // Transactions wait for one of the pool's connections, which is normal under load.
  const transactionOptions = { maxWait: 15_000, timeout: transactionTimeoutMs };
  const client = new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions });
  return {
    client,
    pool,
    url,
    async warmUp() {
      await Promise.all(Array.from({ length: KEPT_CONNECTIONS }, () => pool.query(TABLES_OF_A_PRESS)));
    },
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}

async function migrate(url: string): Promise<void> {
  const connection = await openSingleConnection(url);
  try {
    await applyMigrations(connection.adapter);
  } catch (error) {
    throw new DatabaseError(
      'MIGRATION_FAILED',
      `The database could not be brought up to date and was left as it was: ${(error as Error).message}`,
      'Check that the database belongs to this program and version, and that its user may create tables.',
      { cause: error },
    );
  } finally {
    await connection.close();
  }
}
