import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../database.ts';
import { lockFolder } from '../folder-lock.ts';
import { appliedMigrations, knownMigrations } from '../known-migrations.ts';
import { readMigrations } from '../migrations.ts';
import type { RunSql } from '../rows/table-rows.ts';
import { READER } from '../testing-former-database.ts';
import { copyRows } from './copy-rows.ts';
import { moveEmbeddedDatabase } from './move.ts';
import { openEmbedded } from './reader.ts';
import {
  contentOf,
  expectMoved,
  type MoveStage,
  openMoveStage,
  unpackFormerDatabase,
} from './testing/move-stage.ts';

// PGlite takes a second to open a database, and more when every core is busy.
vi.setConfig({ testTimeout: 60_000 });

let former: Awaited<ReturnType<typeof unpackFormerDatabase>>;
let stage: MoveStage;
beforeAll(async () => {
  former = await unpackFormerDatabase();
});
afterAll(() => former.remove());
beforeEach(async () => {
  stage = await openMoveStage(former);
});
afterEach(() => stage.remove());

/** Opens a database of that release without a table. Making a new one would take seconds. */
async function openEmptied(path: string) {
  await stage.bringDatabase(path);
  const emptied = await openEmbedded(READER, path);
  await emptied.run('DROP SCHEMA public CASCADE');
  await emptied.run('CREATE SCHEMA public');
  return emptied;
}

const move = () =>
  moveEmbeddedDatabase({ folder: stage.folder, url: stage.target.url, say: () => undefined });

describe('the database of a former release', () => {
  test('stays while a former release runs on it', async () => {
    await stage.bringUnreadDatabase();
    const lock = await lockFolder(stage.folder);
    await expect(move()).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    if (!lock.isTaken) await lock.release();
  });

  test('is left alone when a file of it is damaged', async () => {
    await stage.bringDatabase();
    // Closing it leaves no log of changes that would repair a file.
    const pglite = await PGlite.create(stage.folder);
    const { rows } = await pglite.query<{ message: string; user: string }>(
      `SELECT pg_relation_filepath('"Message"') AS message, pg_relation_filepath('"User"') AS user`,
    );
    await pglite.close();
    const path = { message: '', user: '', ...rows[0] };
    const damages: [string, (file: string) => Promise<void>, RegExp][] = [
      [path.message, (file) => truncate(file, 4000), /could not read blocks|the table Message is damaged/],
      [path.user, (file) => writeFile(file, Buffer.alloc(200, 7), { flag: 'r+' }), /invalid page|checksum/],
    ];
    for (const [file, damage, words] of damages) {
      const whole = await readFile(join(stage.folder, file));
      await damage(join(stage.folder, file));
      const before = contentOf(stage.folder);
      const failure = move();
      await expect(failure).rejects.toThrow(
        /could not be moved to PostgreSQL, and was left as it was: .+\. Start again; /,
      );
      await expect(failure).rejects.toThrow(words);
      expect(contentOf(stage.folder)).toBe(before);
      const tables = await stage.target.client.$queryRaw`SELECT FROM pg_tables WHERE schemaname = 'public'`;
      expect(tables).toEqual([]);
      await writeFile(join(stage.folder, file), whole);
    }
    await move();
    await expectMoved(stage);
  });

  test('that was never migrated is put aside, because it is empty', async () => {
    await (await openEmptied(stage.folder)).close();
    await move();
    expect(await readdir(await stage.keptFolder())).toContain('PG_VERSION');
    const opened = await openDatabase(stage.target.url);
    expect(await opened.client.user.count()).toBe(0);
    await opened.close();
  });
});

describe('the migrations of a former release', () => {
  test('are those of ours that it applied, and nothing is moved when it has others', async () => {
    const ours = await readMigrations();
    const run: RunSql = (sql, parameters = []) => stage.target.client.$queryRawUnsafe(sql, ...parameters);
    const names = async () =>
      (await knownMigrations(await appliedMigrations(run))).migrationDirectories.map(({ path }) => path);
    expect(await names()).toEqual([]);
    const opened = await openDatabase(stage.target.url);
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
    const source = await openEmptied(join(stage.home, 'kinds'));
    const client = new pg.Client({ connectionString: stage.target.url });
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
