import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type Database, MAX_CONNECTIONS, openDatabase, wrapPool } from './database.ts';
import { openPool } from './postgres.ts';

/** The environment variable that holds the address of the server for tests, set by testing.setup.ts. */
export const ADMIN_URL_VARIABLE = 'TEST_POSTGRES_URL';

const TEMPLATE = 'hindsight_template';

/** A test database is migrated and empty. Other processes may open it by its address. */
interface TestDatabase {
  url: string;
  /** Deletes the database, and ends what connections it still has. */
  drop(): Promise<void>;
}

/** Makes the database that the tests' databases are copies of. */
export async function makeTemplate(adminUrl: string): Promise<void> {
  await execute(adminUrl, `CREATE DATABASE ${TEMPLATE}`);
  const database = await openDatabase(withDatabase(adminUrl, TEMPLATE));
  await database.close();
}

/** Makes a database for a test on the run's PostgreSQL server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = process.env[ADMIN_URL_VARIABLE];
  if (adminUrl === undefined) throw new Error(`vitest's globalSetup must be testing.setup.ts`);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Copying the template's files takes half the time of the other way, which writes all their pages into the log.
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY`);
  return {
    url: withDatabase(adminUrl, name),
    drop: () => execute(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/**
 * Opens a database of its own for a test, which closes it. Queries beside an open transaction fail there, unless the test is
 * about them.
 */
export async function openTestDatabase({ mayAskBesideTransactions = false } = {}): Promise<Database> {
  const { url, drop } = await createTestDatabase();
  const database = wrapPool(await openPool(url, 'the test database', MAX_CONNECTIONS), url);
  if (!mayAskBesideTransactions) refuseQueriesBesideTransactions(database);
  return {
    ...database,
    async close() {
      await database.close();
      await drop();
    },
  };
}

/** This tells whether the code that asks runs in a transaction, or was started by code that does. */
const transaction = new AsyncLocalStorage<{ isOpen: boolean }>();

/**
 * Refuses queries that run beside an open transaction of the same code. They take a second connection, and as soon as as many
 * requests do so at once as the pool has connections, all of them wait for each other.
 */
function refuseQueriesBesideTransactions({ client, pool }: Database): void {
  const begin = client.$transaction.bind(client) as (work: unknown, options?: object) => Promise<unknown>;
  const watched = (work: unknown, options?: object) => {
    if (typeof work !== 'function') return begin(work, options);
    return begin((tx: unknown) => {
      const state = { isOpen: true };
      const run = async (): Promise<unknown> => work(tx);
      return transaction.run(state, run).finally(() => (state.isOpen = false));
    }, options);
  };
  Object.assign(client, { $transaction: watched });
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  Object.assign(pool, {
    connect(...args: unknown[]) {
      if (transaction.getStore()?.isOpen === true)
        throw new Error('asks beside an open transaction, which could starve the pool');
      return connect(...args);
    },
  });
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
