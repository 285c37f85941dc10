import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openDatabase } from './database.ts';
import { readEmbeddedTemplate } from './testing.ts';

const WRITER = fileURLToPath(new URL('../fixtures/write-until-killed.ts', import.meta.url));

// Creating a database takes seconds, so most tests start from a copy of one.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pristine: string;
let home: string;
beforeAll(async () => {
  pristine = await mkdtemp(join(tmpdir(), 'hindsight-db-'));
  const pglite = await PGlite.create(join(pristine, 'db'), { loadDataDir: await readEmbeddedTemplate() });
  await pglite.close();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hindsight-db-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));
afterAll(() => rm(pristine, { recursive: true, force: true }));

test('data is still there after closing and reopening', async () => {
  const url = await copyOfDatabase(join(home, 'db'));
  const first = await openDatabase(url);
  await first.client.user.create({ data: { username: 'Ada', usernameKey: 'ada', passwordHash: '-' } });
  await first.close();

  const second = await openDatabase(url);
  expect(await second.client.user.findMany({ select: { username: true } })).toEqual([{ username: 'Ada' }]);
  await second.close();
});

test('lists of enum values can be searched right after the first start', async () => {
  const database = await openDatabase('pglite://memory');
  const community = await database.client.community.create({ data: { name: 'Home' } });
  await database.client.role.create({
    data: { communityId: community.id, name: 'Admin', actions: ['MANAGE_ROLES', 'CONNECT'] },
  });
  expect(await database.client.role.count({ where: { actions: { has: 'CONNECT' } } })).toBe(1);
  expect(await database.client.role.count({ where: { actions: { has: 'SHARE_SCREEN' } } })).toBe(0);
  await database.close();
});

test('a second server cannot open the same folder, and is told what to do', async () => {
  const url = await copyOfDatabase(join(home, 'db'));
  const database = await openDatabase(url);
  await expect(openDatabase(url)).rejects.toMatchObject({
    code: 'FOLDER_IN_USE',
    message: expect.stringContaining(`another server (process ${process.pid})`),
    remedy: expect.stringContaining('Stop the other server'),
  });
  expect(await database.client.user.count()).toBe(0);
  await database.close();
  expect(await readdir(home)).toEqual(['db']);
});

test('a killed server loses nothing that was acknowledged, and does not block the next', async () => {
  const url = await copyOfDatabase(join(home, 'db'));
  const writer = startWriter(url);
  const written: string[] = [];
  for await (const name of createInterface({ input: writer.stdout })) {
    written.push(name);
    if (written.length === 50) {
      await expect(openDatabase(url)).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
      writer.kill('SIGKILL');
    }
  }

  const database = await openDatabase(url);
  const found = await database.client.user.findMany({ select: { username: true } });
  expect(found.map((user) => user.username)).toEqual(expect.arrayContaining(written));
  await database.client.user.create({ data: { username: 'Ada', usernameKey: 'ada', passwordHash: '-' } });
  await database.close();
});

test('a server that is killed while it makes the database does not block the next', async () => {
  const parent = join(home, 'not/yet/there');
  const folder = join(parent, 'db');
  const writer = startWriter(`pglite://${folder}`);
  await untilExists(parent, 'db.creating');
  await untilExists(join(parent, 'db.creating'), 'base');
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  expect(await readdir(parent)).not.toContain('db');

  const database = await openDatabase(`pglite://${folder}`);
  expect(await database.client.user.count()).toBe(0);
  await database.close();
  expect(await readdir(parent)).toEqual(['db']);
});

test('a folder whose path is too long for a socket is locked, too', async () => {
  const url = await copyOfDatabase(join(home, 'd'.repeat(120), 'db'));
  const database = await openDatabase(url);
  await expect(openDatabase(url)).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
  await database.close();
});

test('a folder below a file is refused with a remedy', async () => {
  await writeFile(join(home, 'file'), '');
  await expect(openDatabase(`pglite://${join(home, 'file/db')}`)).rejects.toMatchObject({
    code: 'FOLDER_UNUSABLE',
    remedy: expect.stringContaining('DATABASE_URL'),
  });
});

test('a folder with other files is left alone', async () => {
  await mkdir(join(home, 'photos'));
  await writeFile(join(home, 'photos/cat.jpg'), 'meow');
  await expect(openDatabase(`pglite://${join(home, 'photos')}`)).rejects.toMatchObject({
    code: 'FOLDER_UNUSABLE',
    message: expect.stringContaining('holds other files'),
  });
  expect(await readdir(join(home, 'photos'))).toEqual(['cat.jpg']);
});

async function copyOfDatabase(folder: string): Promise<string> {
  await cp(join(pristine, 'db'), folder, { recursive: true });
  return `pglite://${folder}`;
}

function startWriter(url: string) {
  return spawn(process.execPath, [WRITER, url], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function untilExists(folder: string, name: string): Promise<void> {
  await expect.poll(() => readdir(folder).catch(() => []), { timeout: 30_000, interval: 5 }).toContain(name);
}
