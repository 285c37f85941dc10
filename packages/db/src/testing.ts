import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import {
  type Database,
  MAX_CONNECTIONS,
  openDatabase,
  pgliteDatabase,
  postgresDatabase,
} from './database.ts';
import { readMigrations } from './migrations.ts';
import { openPool } from './postgres.ts';

/** The environment variable that holds the address of the server for tests, set by testing-postgres.setup.ts. */
export const ADMIN_URL_VARIABLE = 'TEST_POSTGRES_URL';

const CACHE_DIR = fileURLToPath(new URL('../node_modules/.cache/hindsight', import.meta.url));

/**
 * A migrated, empty database of its own for a test, which closes it. Embedded, or on a real PostgreSQL server when the
 * tests run with TEST_DATABASE=postgres; what would wait for ever on the embedded one fails there, unless it is about that.
 */
export async function openTestDatabase({ mayAskBesideTransactions = false } = {}): Promise<Database> {
  if (process.env['TEST_DATABASE'] === 'postgres') {
    const database = await openOnServer();
    if (!mayAskBesideTransactions) refuseQueriesBesideTransactions(database);
    return database;
  }
  const pglite = await PGlite.create({ loadDataDir: await (dump ??= readEmbeddedTemplate()) });
  return pgliteDatabase(pglite, () => pglite.close());
}

async function openOnServer(): Promise<Database> {
  const adminUrl = process.env[ADMIN_URL_VARIABLE];
  if (adminUrl === undefined)
    throw new Error(`TEST_DATABASE=postgres needs testing-postgres.setup.ts as vitest's globalSetup`);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const url = withDatabase(adminUrl, name);
  const database = postgresDatabase(await openPool(url, name, MAX_CONNECTIONS), url);
  return {
    ...database,
    async close() {
      await database.close();
      await execute(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** This tells whether the code that asks runs in a transaction, or was started by code that does. */
const transaction = new AsyncLocalStorage<{ isOpen: boolean }>();

/**
 * Refuses queries that run beside an open transaction of the same code. The embedded database has one connection, so they would
 * wait for ever there.
 */
function refuseQueriesBesideTransactions(database: Database): void {
  if (database.kind !== 'postgres') return;
  const { client, pool } = database;
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
        throw new Error('asks beside an open transaction, which never ends on the embedded database');
      return connect(...args);
    },
  });
}

const TEMPLATE = 'hindsight_template';

/** Makes the database that `openTestDatabase` copies. */
export async function makeServerTemplate(adminUrl: string): Promise<void> {
  await execute(adminUrl, `CREATE DATABASE ${TEMPLATE}`);
  const database = await openDatabase(withDatabase(adminUrl, TEMPLATE));
  await database.close();
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

let dump: Promise<Blob> | undefined;

/** The files of a migrated embedded database, made once per state of the migrations: loading them is ten times faster. */
export async function readEmbeddedTemplate(): Promise<Blob> {
  const { migrationDirectories } = await readMigrations();
  const hash = createHash('sha256').update(JSON.stringify(migrationDirectories)).digest('hex');
  const path = join(CACHE_DIR, `${hash}.tar`);
  const cached = await readFile(path).catch(() => null);
  if (cached !== null) return new Blob([cached]);

  const database = await openDatabase('pglite://memory');
  if (database.kind !== 'pglite') throw new Error('pglite:// opens PGlite');
  const made = await database.pglite.dumpDataDir('none');
  await database.close();
  await mkdir(CACHE_DIR, { recursive: true });
  // Several test processes may get here at once: each writes its own file, and the last rename wins.
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await made.arrayBuffer()));
  await rename(unfinished, path);
  await removeOthers(path);
  return made;
}

/** Dumps of former migrations, 40 MB each. */
async function removeOthers(path: string): Promise<void> {
  const dumps = (await readdir(CACHE_DIR)).filter((name) => name.endsWith('.tar') && name !== basename(path));
  await Promise.all(dumps.map((name) => rm(join(CACHE_DIR, name), { force: true })));
}
