import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from '../database.ts';
import { lockFolder } from '../folder-lock.ts';
import { appliedMigrations, knownMigrations } from '../known-migrations.ts';
import { readMigrations } from '../migrations.ts';
import type { RunSql } from '../rows/table-rows.ts';
import { bringReader, extractFormerDatabase, READER } from '../testing-former-database.ts';
import { openTestDatabase } from '../testing.ts';
import { copyRows } from './copy-rows.ts';
import { moveEmbeddedDatabase } from './move.ts';
import { openEmbedded } from './reader.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
// PGlite takes seconds to open a database.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let acknowledged: Awaited<ReturnType<typeof extractFormerDatabase>>;
let pristine: string;
let home: string;
let folder: string;
let target: Database;
beforeAll(async () => {
  pristine = await mkdtemp(join(tmpdir(), 'hindsight-former-'));
  acknowledged = await extractFormerDatabase(pristine);
});
afterAll(() => rm(pristine, { recursive: true }));
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hindsight-move-'));
  folder = join(home, 'db');
  await cp(join(pristine, 'db'), folder, { recursive: true });
  await bringReader(home);
  target = await openTestDatabase();
  await target.client.$executeRawUnsafe('DROP SCHEMA public CASCADE');
  await target.client.$executeRawUnsafe('CREATE SCHEMA public');
});
afterEach(async () => {
  await target.close();
  await rm(home, { recursive: true });
});

const move = (said: string[] = []) =>
  moveEmbeddedDatabase({ folder, url: target.url, say: (line) => said.push(line) });

/** Runs the program as `npm start` does, and kills it once it has said this. */
async function runProgram(options: { killAt?: RegExp; env?: Record<string, string> } = {}) {
  const child = spawn(process.execPath, [MAIN, folder], {
    env: { ...process.env, DATABASE_URL: target.url, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (options.killAt?.test(line) === true) child.kill('SIGKILL');
  }
  const [code, signal] = (await exited) as [number | null, string | null];
  return { code, signal, said, errors };
}

/** Hashes every file of a folder, with its name. */
async function contentOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) hash.update(file.slice(path.length)).update(await readFile(file));
  return hash.digest('hex');
}

async function keptFolder(): Promise<string> {
  const kept = (await readdir(home)).filter((name) => name.startsWith('db.moved-'));
  expect(kept).toHaveLength(1);
  return join(home, kept[0] ?? '');
}

/** Checks as the next start would that everything is there, once. */
async function expectMoved(): Promise<void> {
  const opened = await openDatabase(target.url);
  try {
    const { client } = opened;
    const messages = await client.message.findMany({ select: { text: true } });
    expect(messages.map(({ text }) => text)).toEqual(expect.arrayContaining(acknowledged.messages));
    const clips = await client.replayClip.findMany({
      select: { id: true, status: true, title: true, sizeBytes: true, trimOfId: true, pressedAt: true },
      orderBy: { id: 'desc' },
    });
    expect(
      clips.map(({ id, status, title, sizeBytes }) => ({ id, status, title, sizeBytes: Number(sizeBytes) })),
    ).toMatchObject(acknowledged.clips);
    // The trim refers to its clip, which is a row of the same table.
    const trim = clips.find(({ status }) => status === 'PROCESSING');
    expect(clips.map(({ id }) => id)).toContain(trim?.trimOfId);
    expect(await client.user.count()).toBe(2);
    expect(await client.role.count({ where: { actions: { has: 'CAPTURE_REPLAY' } } })).toBeGreaterThan(0);
    const quotas = await client.userReplayQuota.findMany();
    const sizes = clips.filter(({ status }) => status === 'READY').map(({ sizeBytes }) => sizeBytes);
    const sum = (bytes: bigint[]) => bytes.reduce((all, one) => all + one, 0n);
    expect(sum(quotas.map(({ usedBytes }) => usedBytes))).toBe(sum(sizes));
  } finally {
    await opened.close();
  }
}

describe('the database of a former release', () => {
  test('is moved with everything, once, and kept as it was', async () => {
    const before = await contentOf(folder);
    const first = await runProgram();
    expect(first).toMatchObject({ code: 0, errors: '' });
    expect(first.said.at(-1)).toContain(await keptFolder());
    expect(first.said.join('\n')).toMatch(/rows of \d+ tables have arrived/);
    expect(await contentOf(await keptFolder())).toBe(before);
    expect((await readdir(home)).filter((name) => !name.startsWith('db.moved-'))).toEqual([]);
    await expectMoved();

    const second = await runProgram();
    expect(second).toMatchObject({ code: 0, errors: '' });
    expect(second.said).toEqual([expect.stringContaining('nothing to move')]);
    await expectMoved();
  });

  test('is moved by the next start, whenever the process was killed', async () => {
    const before = await contentOf(folder);
    for (const killAt of [/^Copying/, /^Opening/]) {
      expect(await runProgram({ killAt })).toMatchObject({ signal: 'SIGKILL' });
      expect(await contentOf(folder)).toBe(before);
    }
    // By now the rows were committed, or not, and the folder renamed, or not.
    await runProgram({ killAt: /have arrived/ });
    expect(await runProgram()).toMatchObject({ code: 0, errors: '' });
    expect(await contentOf(await keptFolder())).toBe(before);
    expect((await readdir(home)).filter((name) => !name.startsWith('db.moved-'))).toEqual([]);
    await expectMoved();
  });

  test('is only put aside when a killed process had committed everything, and never mixed with other data', async () => {
    await move();
    const database = await openDatabase(target.url);
    const [marked] = await database.client.$queryRaw<{ id: string }[]>`
      SELECT obj_description('_prisma_migrations'::regclass, 'pg_class') AS id`;
    await database.client.user.create({ data: { username: 'Eve', usernameKey: 'eve', passwordHash: '-' } });
    await database.close();
    await rename(await keptFolder(), folder);
    await mkdir(join(home, 'db.moving'));
    await writeFile(join(home, 'db.moving/id'), marked?.id ?? '');

    const said: string[] = [];
    await move(said);
    expect(said).toEqual([expect.stringContaining('earlier start has moved everything')]);
    expect((await readdir(home)).filter((name) => !name.startsWith('db.moved-'))).toEqual([]);
    expect(await target.client.user.count()).toBe(3);

    // Somebody goes back to the former release, and then forward again: now either database may be the one that counts.
    await rename(await keptFolder(), folder);
    await expect(move()).rejects.toMatchObject({
      code: 'NOT_MOVED',
      message: expect.stringContaining('has data, too'),
      remedy: expect.stringContaining('Decide which one you want'),
    });
    expect(await readdir(home)).toContain('db');
    expect(await target.client.user.count()).toBe(3);
  });

  test('stays while a former release runs on it', async () => {
    const lock = await lockFolder(folder);
    await expect(move()).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    if (!lock.isTaken) await lock.release();
  });

  test('is left alone when a file of it is damaged', async () => {
    // Closing it leaves no log of changes that would repair a file.
    const pglite = await PGlite.create(folder);
    const { rows } = await pglite.query<{ message: string; user: string }>(
      `SELECT pg_relation_filepath('"Message"') AS message, pg_relation_filepath('"User"') AS user`,
    );
    await pglite.close();
    const path = { message: '', user: '', ...rows[0] };
    const damages: [string, (file: string) => Promise<void>, RegExp][] = [
      [path.message, (file) => truncate(file, 4000), /could not read blocks|the table Message is damaged/],
      [path.user, (file) => writeFile(file, Buffer.alloc(200, 7), { flag: 'r+' }), /invalid page|checksum/],
      ['global/pg_control', (file) => truncate(file, 100), /PGlite|program|exit|PostgreSQL/],
    ];
    for (const [file, damage, words] of damages) {
      const whole = await readFile(join(folder, file));
      await damage(join(folder, file));
      const before = await contentOf(folder);
      const { code, errors } = await runProgram();
      expect(errors).toMatch(/could not be moved to PostgreSQL, and was left as it was: .+\. Start again; /);
      expect(errors).toMatch(words);
      expect(code).toBe(1);
      expect(await contentOf(folder)).toBe(before);
      const tables = await target.client.$queryRaw`SELECT FROM pg_tables WHERE schemaname = 'public'`;
      expect(tables).toEqual([]);
      await writeFile(join(folder, file), whole);
    }
    await move();
    await expectMoved();
  });

  test('that was never migrated is put aside, because it is empty', async () => {
    await rm(folder, { recursive: true });
    const pglite = await PGlite.create(folder);
    await pglite.close();
    await move();
    expect(await readdir(await keptFolder())).toContain('PG_VERSION');
    const opened = await openDatabase(target.url);
    expect(await opened.client.user.count()).toBe(0);
    await opened.close();
  });

  test('stays when PGlite cannot be fetched, or is not what it should be', async () => {
    await rm(join(home, 'db.moving'), { recursive: true });
    const before = await contentOf(folder);
    const env = { npm_config_fetch_retries: '0' };
    const unreachable = await runProgram({ env: { ...env, npm_config_registry: 'http://127.0.0.1:9/' } });
    expect(unreachable).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /could not be fetched: .*ECONNREFUSED[^]*Make the npm registry reachable/,
      ),
    });
    await using registry = await startForgingRegistry();
    const forged = await runProgram({ env: { ...env, npm_config_registry: registry.url } });
    expect(forged).toMatchObject({ code: 1, errors: expect.stringContaining('EINTEGRITY') });
    expect(await contentOf(folder)).toBe(before);
  });
});

/** Starts an npm registry that has another PGlite of that version. */
async function startForgingRegistry() {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz') === true) {
      response.end('something else');
      return;
    }
    const { port } = server.address() as AddressInfo;
    const dist = { tarball: `http://127.0.0.1:${port}/pglite.tgz` };
    const version = { name: '@electric-sql/pglite', version: '0.5.16', dist };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: version.name, versions: { '0.5.16': version } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the migrations of a former release', () => {
  test('are those of ours that it applied, and nothing is moved when it has others', async () => {
    const ours = await readMigrations();
    const run: RunSql = (sql, parameters = []) => target.client.$queryRawUnsafe(sql, ...parameters);
    const names = async () =>
      (await knownMigrations(await appliedMigrations(run))).migrationDirectories.map(({ path }) => path);
    expect(await names()).toEqual([]);
    const opened = await openDatabase(target.url);
    await opened.close();
    const all = ours.migrationDirectories.map(({ path }) => path);
    expect(await names()).toEqual(all);
    const last = all.at(-1) ?? '';
    await run('DELETE FROM _prisma_migrations WHERE migration_name = $1', [last]);
    expect(await names()).toEqual(all.slice(0, -1));
    const record = `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('x', 'y', now(), $1)`;
    await run(record, [last]);
    await expect(names()).rejects.toThrow(`its migration ${last} is not the one that this release has`);
    await run(`UPDATE _prisma_migrations SET migration_name = '20990101000000_later' WHERE id = 'x'`);
    await expect(names()).rejects.toThrow(
      'it has the migration 20990101000000_later, which this release does not have',
    );
  });
});

describe('copied rows', () => {
  const TABLES = `
    CREATE TYPE action AS ENUM ('JOIN', 'say "hi", \\ {now}');
    CREATE TABLE places (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE things (
      id bigint PRIMARY KEY, place int REFERENCES places, above bigint REFERENCES things, at timestamptz, at3 timestamptz(3),
      naive timestamp, day date, span interval, bytes bytea, data jsonb, text text, code char(4), actions action[], words text[],
      exact numeric, approximate double precision, truth boolean, uid uuid)`;
  const ROWS = `
    INSERT INTO places (name) VALUES ('here'), ('there'), ('gone');
    DELETE FROM places WHERE name = 'gone';
    INSERT INTO things VALUES
      (9223372036854775807, 1, NULL, '2026-11-29 12:34:56.123456+03', '2026-11-29 12:34:56.123456', '0044-03-15 01:02:03.000001 BC',
        'infinity', '1 year -3 days 00:00:00.000001', '\\x00ff5c27', '{"a": [1.10, null, "\\u00e9"], "": {}}',
        E'tab\\t new\\nline \\r \\\\ "quotes" ''single'' \\u2028 \\u0001 😀 {}(),', 'ab', '{JOIN,"say \\"hi\\", \\\\ {now}"}',
        '{"",NULL,"a,b","{}"}', 12345678901234567890.123456789012345678900, 0.1, true, gen_random_uuid()),
      (-9223372036854775808, 2, 9223372036854775807, '-infinity', NULL, 'infinity', '4713-01-01 BC', '-00:00:01', '', '[]', '', '',
        '{}', '{}', 'NaN', 'Infinity', false, NULL),
      (0, NULL, -9223372036854775808, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -0.00, '-0', NULL, NULL),
      (1, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 5e-324, NULL, NULL);
    INSERT INTO things (id, text) SELECT i, repeat(i::text, 2000) FROM generate_series(2, 1300) AS i`;

  test('are exact, whatever their types, and sequences go on', async () => {
    const source = await openEmbedded(READER, join(home, 'kinds'));
    const client = new pg.Client({ connectionString: target.url });
    await client.connect();
    try {
      const into = async <Row>(sql: string, parameters: readonly unknown[] = []) =>
        (await client.query(sql, [...parameters])).rows as Row[];
      for (const statement of `${TABLES};${ROWS}`.split(/;\s*\n/)) await source.run(statement);
      await client.query(TABLES);
      await source.run('BEGIN');
      await client.query('BEGIN');
      expect(await copyRows(source.run, into, () => undefined)).toEqual({ tables: 2, rows: 1305 });
      await client.query('COMMIT');

      const all = 'SELECT t::text AS row FROM things AS t ORDER BY id';
      expect(await into(all)).toEqual(await source.run(all));
      await client.query(`INSERT INTO places (name) VALUES ('new')`);
      expect(await into('SELECT * FROM places ORDER BY id')).toEqual([
        { id: 1, name: 'here' },
        { id: 2, name: 'there' },
        { id: 4, name: 'new' },
      ]);
    } finally {
      await source.close();
      await client.end();
    }
  });
});
