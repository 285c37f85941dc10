import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwnServer, type OwnServer } from './own-server.ts';
import { query } from './testing/query.ts';

let dataDir: string;
let folder: string;
const open: OwnServer[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hindsight-own-'));
  folder = join(dataDir, 'postgres');
});
afterEach(async () => {
  for (const server of open.splice(0).toReversed()) await server.close();
  await rm(dataDir, { recursive: true });
});

async function openServer(options?: { mayAttach: boolean }): Promise<OwnServer> {
  const server = await openOwnServer(folder, options);
  open.push(server);
  return server;
}

describe('a server of our own', () => {
  it('keeps what was written, safe from a power cut and from anybody without the password', async () => {
    const first = await openServer();
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS value');
    const [settings] = await query(
      first.url,
      `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
        current_setting('synchronous_commit') AS commits, current_setting('data_checksums') AS checksums,
        current_setting('listen_addresses') AS addresses, current_setting('server_encoding') AS encoding`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      pages: 'on',
      commits: 'on',
      checksums: 'on',
      addresses: '',
      encoding: 'UTF8',
    });
    const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await expect(query(first.url.replace(password, 'guessed'), 'SELECT 1')).rejects.toMatchObject({
      code: '28P01',
    });
    await open.pop()?.close();

    const again = await openServer();
    expect(await query(again.url, 'SELECT value FROM kept')).toEqual([{ value: 7 }]);
    expect(await readFile(join(dataDir, 'logs', 'postgres.log'), 'utf8')).not.toContain(password);
  });

  it('is shared by who comes later, unless they want to be alone', async () => {
    const first = await openServer();
    const second = await openServer();
    expect(second.url).toBe(first.url);
    await expect(openServer({ mayAttach: false })).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
    await second.close();
    expect(await query(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is started once by several that want it at the same time', async () => {
    const servers = await Promise.all([openServer(), openServer(), openServer()]);
    for (const { url } of servers) expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(new Set(servers.map(({ url }) => url)).size).toBe(1);
  });
});
