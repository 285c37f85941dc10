import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isDatabaseAway } from './database-away.ts';
import { type Database, openDatabase, wrapPool } from './database.ts';
import {
  type DatabaseProxy,
  startDatabaseProxy,
  startStoppableServer,
  type StoppableServer,
} from './testing-outages.ts';

let server: StoppableServer;
let proxy: DatabaseProxy;
/** It goes through the proxy. */
let database: Database;
let admin: pg.Pool;
beforeAll(async () => {
  server = await startStoppableServer();
  proxy = await startDatabaseProxy(server.url);
  database = await openDatabase(proxy.url);
  admin = new pg.Pool({ connectionString: server.url });
  admin.on('error', () => undefined);
});
afterAll(async () => {
  await database.close();
  await admin.end();
  await proxy.stop();
  await server.stop();
});

const SLEEP = 'SELECT pg_sleep(20)::text';

/** The ways in which this program asks the database. */
const WAYS = {
  query: ({ client }) => client.user.count(),
  'raw query': ({ client }) => client.$queryRaw`SELECT 1`,
  'raw statement': ({ client }) => client.$executeRaw`SELECT 1`,
  transaction: ({ client }) => client.$transaction((tx) => tx.user.count()),
  'batch of queries': ({ client }) => client.$transaction([client.user.count(), client.user.count()]),
  'query of the pool': ({ pool }) => pool.query('SELECT 1'),
} satisfies Record<string, (database: Database) => Promise<unknown>>;
const SLOW_WAYS = {
  'raw query': ({ client }) => client.$queryRawUnsafe(SLEEP),
  transaction: ({ client }) => client.$transaction((tx) => tx.$queryRawUnsafe(SLEEP)),
  'query of the pool': ({ pool }) => pool.query(SLEEP),
} satisfies Record<string, (database: Database) => Promise<unknown>>;

type Way = (database: Database) => Promise<unknown>;

/** Returns what each way ends with: an error that says that the database is away, another error, or no error. */
async function outcomes(of: Database, ways: Record<string, Way> = WAYS): Promise<Record<string, unknown>> {
  const asked = Object.entries(ways).map(async ([name, way]) => {
    const error: unknown = await way(of).then(
      () => 'answered',
      (reason: unknown) => reason,
    );
    // The job queue passes errors on as copies.
    const isAway = isDatabaseAway(error) && isDatabaseAway(copyOf(error));
    return [name, isAway ? 'away' : error] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

const copyOf = (error: unknown): unknown =>
  error instanceof Error ? Object.assign({}, error, { message: error.message }) : error;

const all = (outcome: string, ways: Record<string, Way> = WAYS) =>
  Object.fromEntries(Object.keys(ways).map((name) => [name, outcome]));

const RUNNING = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query = $1";
const endAll = () =>
  admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1', [SLEEP]);

/** Waits until so many slow queries run. */
const untilRunning = (count: number) =>
  expect.poll(async () => (await admin.query(RUNNING, [SLEEP])).rowCount).toBe(count);
const SLOW_COUNT = Object.keys(SLOW_WAYS).length;

describe('the database counts as away', () => {
  test('while its connections are cut and refused, and not before or afterwards', async () => {
    expect(await outcomes(database)).toEqual(all('answered'));
    proxy.goAway();
    expect(await outcomes(database)).toEqual(all('away'));
    proxy.comeBack();
    expect(await outcomes(database)).toEqual(all('answered'));
  });

  test('when the connection breaks under a query', async () => {
    const asked = outcomes(database, SLOW_WAYS);
    await untilRunning(SLOW_COUNT);
    proxy.cut();
    expect(await asked).toEqual(all('away', SLOW_WAYS));
    // PostgreSQL itself has not noticed.
    await endAll();
    await untilRunning(0);
  });

  test('when the connection breaks between two queries of a transaction', async () => {
    const work: Way = ({ client }) =>
      client.$transaction(async (tx) => {
        await tx.user.count();
        proxy.cut();
        await new Promise((resolve) => setImmediate(resolve));
        await tx.user.count();
      });
    expect(await outcomes(database, { work })).toEqual({ work: 'away' });
  });

  test('when the answer to a COMMIT never comes', async () => {
    proxy.troubleCommits('cut before answer');
    expect(await outcomes(database, { transaction: WAYS.transaction })).toEqual({ transaction: 'away' });
    proxy.comeBack();
  });

  test('when an admin ends its connections', async () => {
    const asked = outcomes(database, SLOW_WAYS);
    await untilRunning(SLOW_COUNT);
    await endAll();
    expect(await asked).toEqual(all('away', SLOW_WAYS));
  });

  test('when no connection of the pool is free in time', async () => {
    const pool = new pg.Pool({ connectionString: proxy.url, max: 2, connectionTimeoutMillis: 1000 });
    const crowded = wrapPool(pool, proxy.url);
    const taken = await Promise.all([pool.connect(), pool.connect()]);
    const asked = await outcomes(crowded);
    taken.forEach((client) => client.release());
    expect(asked).toEqual(all('away'));
    await crowded.close();
  });

  test('when it holds as many connections as it may', async () => {
    await admin.query("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0 PASSWORD 'crowd'");
    await admin.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO crowd');
    const url = new URL(server.url);
    url.username = url.password = 'crowd';
    const crowded = new pg.Pool({ connectionString: url.href });
    const error: unknown = await crowded.query('SELECT 1').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: '53300' });
    expect(isDatabaseAway(error)).toBe(true);
    await crowded.end();
  });

  test('when it shuts down under a query, while it is down and while it starts', async () => {
    const direct = await openDatabase(server.url);
    const [asked, askedDirectly] = [outcomes(database, SLOW_WAYS), outcomes(direct, { ...SLOW_WAYS })];
    await untilRunning(2 * SLOW_COUNT);
    await server.end('SIGINT');
    expect(await asked).toEqual(all('away', SLOW_WAYS));
    expect(await askedDirectly).toEqual(all('away', SLOW_WAYS));
    // Its socket is gone.
    expect(await outcomes(direct)).toEqual(all('away'));
    expect(await outcomes(database)).toEqual(all('away'));

    const starting = server.start();
    let isStarted = false;
    void starting.then(() => (isStarted = true));
    const seen = new Set<unknown>();
    while (!isStarted) for (const outcome of Object.values(await outcomes(direct))) seen.add(outcome);
    await starting;
    seen.delete('answered');
    expect([...seen]).toEqual(['away']);
    expect(await outcomes(direct)).toEqual(all('answered'));
    await direct.close();
  });

  test('when it was killed, which leaves a socket that nobody answers', async () => {
    const direct = await openDatabase(server.url);
    await server.end('SIGKILL');
    expect(await outcomes(direct)).toEqual(all('away'));
    expect(await outcomes(database)).toEqual(all('away'));
    await server.start();
    await expect.poll(() => outcomes(direct)).toEqual(all('answered'));
    await direct.close();
  });

  test('when nothing listens on its port, at any address of its name', async () => {
    const gone = await startDatabaseProxy(server.url);
    const url = new URL(gone.url);
    url.hostname = 'localhost';
    const lost = await openDatabase(gone.url);
    const lostByName = new pg.Pool({ connectionString: url.href });
    await gone.stop();
    expect(await outcomes(lost)).toEqual(all('away'));
    expect(isDatabaseAway(await lostByName.query('SELECT 1').catch((error: unknown) => error))).toBe(true);
    const several = new AggregateError([
      Object.assign(new Error('no'), { code: 'ECONNREFUSED', errno: -111 }),
    ]);
    expect(isDatabaseAway(several)).toBe(true);
    await lostByName.end();
    await lost.close();
  });
});

describe('the database does not count as away', () => {
  test.each([
    ['for a statement that it refuses', ({ client }) => client.$queryRaw`SELECT 1 / 0`],
    [
      'for a row that is there twice',
      async ({ client }) => {
        const data = { username: 'Ada', usernameKey: 'ada', passwordHash: '-' };
        await client.user.createMany({ data: [data, data] });
      },
    ],
    [
      'for a row that is missing',
      ({ client }) => client.user.findFirstOrThrow({ where: { username: 'nobody' } }),
    ],
    [
      'for what the code itself throws in a transaction',
      ({ client }) => client.$transaction(() => Promise.reject(new Error('of the code'))),
    ],
  ] satisfies [string, Way][])('%s', async (_, way) => {
    const error: unknown = await way(database).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(isDatabaseAway(error)).toBe(false);
  });

  test.each([
    ['a missing file', Object.assign(new Error('open'), { code: 'ENOENT', errno: -2, syscall: 'open' })],
    ['another service', new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })],
    ['an aborted request', Object.assign(new Error('aborted'), { code: 'ECONNRESET' })],
    ['no error', null],
    ['nothing in common', new AggregateError([])],
  ])('because of %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});
