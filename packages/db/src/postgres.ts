import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { parseDatabaseUrl } from './database-url.ts';
import { DatabaseError } from './errors.ts';
import type { RunSql } from './rows/table-rows.ts';
import { withScripts } from './script-adapter.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/**
 * So many connections stay open when nobody needs them. A press asks several questions at once, and a new connection, whose
 * process knows no table yet, answers its first in four times the time.
 */
export const KEPT_CONNECTIONS = 4;
const IDLE_MS = 10_000;
/** A peer that a network has cut off without a word is noticed after this time without traffic, and some ten probes. */
const KEEP_ALIVE_MS = 10_000;

/**
 * Connects to a PostgreSQL server.
 * @param label is user@host:port/name, for messages
 * @param maxConnections is the limit of the pool
 * @param options `idleMs`: connections beyond those that are kept are closed after this time without use
 * @throws DatabaseError UNREACHABLE | ACCESS_DENIED | NO_SUCH_DATABASE
 */
export async function openPool(
  url: string,
  label: string,
  maxConnections: number,
  { idleMs = IDLE_MS } = {},
): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    min: Math.min(maxConnections, KEPT_CONNECTIONS),
    idleTimeoutMillis: idleMs,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'hindsight',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // Prisma's adapter sends and reads times without a zone and assumes that the session's zone is UTC.
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for the promise, but its types do not say so
    onConnect: async (client) => {
      await client.query("SET TIME ZONE 'UTC'");
    },
  });
  // The pool replaces a connection that breaks while idle; without a listener the error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', sendOneByOne);
  try {
    await pool.query('SELECT 1');
    return pool;
  } catch (error) {
    await pool.end();
    throw connectError(error, label);
  }
}

/**
 * Makes a connection send what it is asked one after the other. Prisma reads the relations of a row all at once, also within a
 * transaction, which has one connection only. Pg has a queue for that, but warns that it will end.
 */
function sendOneByOne(client: pg.PoolClient): void {
  const send = client.query.bind(client) as (...query: unknown[]) => unknown;
  let before: Promise<unknown> = Promise.resolve();
  Object.assign(client, {
    query(...query: unknown[]) {
      // The pool's own queries have a callback, and come alone.
      if (typeof query.at(-1) === 'function') return send(...query);
      const answer = before.then(() => send(...query));
      before = answer.catch(() => undefined);
      return answer;
    },
  });
}

/** A single connection, on which migrations are applied and rows are copied in one transaction. */
export interface SingleConnection {
  /** user@host:port/name, for messages */
  label: string;
  adapter: SqlMigrationAwareDriverAdapterFactory;
  run: RunSql;
  close(): Promise<void>;
}

/**
 * Connects to a PostgreSQL server once. When that connection breaks, everything that follows fails, while a pool would go on
 * with another one, outside of the transaction. An open transaction ends with it.
 * @throws DatabaseError BAD_URL | UNREACHABLE | ACCESS_DENIED | NO_SUCH_DATABASE
 */
export async function openSingleConnection(url: string): Promise<SingleConnection> {
  const { label } = parseDatabaseUrl(url);
  const pool = await openPool(url, label, 1);
  const client = await pool.connect();
  // Whoever asks next is told by the answer that the connection is broken.
  client.on('error', () => undefined);
  // Prisma's adapter takes a pool only.
  Object.assign(pool, { query: client.query.bind(client) });
  return {
    label,
    adapter: migrationAdapter(pool),
    run: async (sql, parameters = []) => (await client.query<never>(sql, [...parameters])).rows,
    async close() {
      client.release(true);
      await pool.end();
    },
  };
}

/**
 * Returns Prisma's driver adapter for migrations, over a pool of one connection. Scripts are sent as they are, because upstream
 * cuts them at every semicolon, even in comments, texts and functions. @internal Tests also use the pool beside it.
 */
export function migrationAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  return withScripts(new PrismaPg(pool), (script) => pool.query(script));
}

function connectError(error: unknown, label: string): DatabaseError {
  const { code, message } = error as Error & { code?: string };
  switch (code) {
    case '28P01':
    case '28000':
      return new DatabaseError(
        'ACCESS_DENIED',
        `PostgreSQL refused the user name or password of ${label}.`,
        'Correct DATABASE_URL, or let this user in on the server (pg_hba.conf).',
        { cause: error },
      );
    case '3D000':
      return new DatabaseError(
        'NO_SUCH_DATABASE',
        `PostgreSQL has no such database: ${label}.`,
        'Make it with createdb, or correct DATABASE_URL.',
        { cause: error },
      );
    default:
      return new DatabaseError(
        'UNREACHABLE',
        `PostgreSQL cannot be reached at ${label} (${code ?? message}).`,
        'Start it, or correct host and port in DATABASE_URL.',
        { cause: error },
      );
  }
}
