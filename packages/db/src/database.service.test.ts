import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { readMigrations } from './migrations.ts';
import { openPool } from './postgres.ts';
import { ADMIN_URL_VARIABLE } from './testing.ts';

let admin: pg.Client;
let name: string;
beforeEach(async () => {
  admin = new pg.Client({ connectionString: process.env[ADMIN_URL_VARIABLE] });
  await admin.connect();
  name = `test_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`CREATE DATABASE ${name}`);
});
afterEach(async () => {
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
});

function urlOf(change: (url: URL) => void = () => undefined): string {
  const url = new URL(process.env[ADMIN_URL_VARIABLE] ?? '');
  url.pathname = `/${name}`;
  change(url);
  return url.href;
}

test('servers that start at once on an empty database migrate it once', async () => {
  const databases = await Promise.all(Array.from({ length: 6 }, () => openDatabase(urlOf())));
  const users = await Promise.all(databases.map((database) => database.client.user.count()));
  expect(users).toEqual([0, 0, 0, 0, 0, 0]);
  await Promise.all(databases.map((database) => database.close()));

  const client = new pg.Client({ connectionString: urlOf() });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY name',
  );
  await client.end();
  const { migrationDirectories } = await readMigrations();
  expect(rows.map((row) => row.name)).toEqual(migrationDirectories.map((migration) => migration.path));
});

test('times are right on a server whose time zone is not UTC', async () => {
  await admin.query(`ALTER DATABASE ${name} SET timezone TO 'America/New_York'`);
  const database = await openDatabase(urlOf());
  const createdAt = new Date('2026-07-01T12:00:00.123Z');
  await database.client.user.create({
    data: { username: 'Ada', usernameKey: 'ada', passwordHash: '-', createdAt },
  });
  expect(await database.client.user.findFirst()).toMatchObject({ createdAt });
  const [row] = await database.client.$queryRaw<{ epochMs: number }[]>`
    SELECT (extract(epoch FROM "createdAt") * 1000)::float8 AS "epochMs" FROM "User"`;
  expect(row?.epochMs).toBe(createdAt.getTime());
  await database.close();
});

test('keeps working after the server has cut its connections', async () => {
  const database = await openDatabase(urlOf());
  expect(await database.client.user.count()).toBe(0);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  await expect.poll(() => database.client.user.count().catch(() => 'cut')).toBe(0);
  await database.close();
});

test('keeps some connections open when nobody needs them, and closes the others', async () => {
  const idleMs = 50;
  const pool = await openPool(urlOf(), 'the test database', 8, { idleMs });
  const needed = await Promise.all(Array.from({ length: 8 }, () => pool.connect()));
  expect(pool.totalCount).toBe(8);
  for (const client of needed) client.release();
  await expect.poll(() => pool.totalCount).toBe(4);
  await sleep(4 * idleMs);
  expect(pool.totalCount).toBe(4);
  await pool.end();
});

test('has open connections for the first press once it is warm', async () => {
  const database = await openDatabase(urlOf());
  await database.warmUp();
  expect(database.pool.totalCount).toBe(4);
  expect(database.pool.idleCount).toBe(4);
  await database.close();
});

test('leaves no connection behind when it is closed', async () => {
  const database = await openDatabase(urlOf());
  await Promise.all(Array.from({ length: 30 }, () => database.client.user.count()));
  await database.close();
  await expect
    .poll(async () => {
      const { rowCount } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [name]);
      return rowCount;
    })
    .toBe(0);
});

test('a wrong password is reported without being shown', async () => {
  const role = `role_${name}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'right'`);
  const open = openDatabase(
    urlOf((url) => {
      url.username = role;
      url.password = 'wr0ng';
    }),
  );
  await expect(open).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.not.stringContaining('wr0ng'),
    remedy: expect.stringContaining('DATABASE_URL'),
  });
  await admin.query(`DROP ROLE ${role}`);
});

test('a missing database is reported with the way to create it', async () => {
  const open = openDatabase(urlOf((url) => (url.pathname = '/nowhere')));
  await expect(open).rejects.toMatchObject({
    code: 'NO_SUCH_DATABASE',
    message: expect.stringContaining('/nowhere'),
    remedy: expect.stringContaining('createdb'),
  });
});

test('a user who may not create tables is told so', async () => {
  const role = `role_${name}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'right'`);
  const open = openDatabase(
    urlOf((url) => {
      url.username = role;
      url.password = 'right';
    }),
  );
  await expect(open).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringContaining('permission denied'),
    remedy: expect.stringContaining('may create tables'),
  });
  await admin.query(`DROP ROLE ${role}`);
});

test('a host that does not answer is reported with its port', async () => {
  const port = await closedPort();
  const open = openDatabase(`postgresql://app:s3cret@127.0.0.1:${port}/hindsight`);
  await expect(open).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining(`app@127.0.0.1:${port}/hindsight (ECONNREFUSED)`),
  });
  await expect(openDatabase('postgresql://db.invalid/hindsight')).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
});

/** Returns a port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
