import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../database.ts';
import { moveEmbeddedDatabase } from './move.ts';
import {
  contentOf,
  expectMoved,
  type MoveStage,
  openMoveStage,
  unpackFormerDatabase,
} from './testing/move-stage.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

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

/** Runs the program as `npm start` does, and kills it once it has said this. */
async function runProgram(options: { killAt?: RegExp; env?: Record<string, string> } = {}) {
  const child = spawn(process.execPath, [MAIN, stage.folder], {
    env: { ...process.env, DATABASE_URL: stage.target.url, ...options.env },
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

describe('the database of a former release, as npm start moves it,', () => {
  test('is moved with everything, once, by the next start whenever the process was killed', async () => {
    await stage.bringDatabase();
    const before = contentOf(stage.folder);
    for (const killAt of [/^Copying/, /^Opening/]) {
      expect(await runProgram({ killAt })).toMatchObject({ signal: 'SIGKILL' });
      expect(contentOf(stage.folder)).toBe(before);
    }
    // By now the rows were committed, and the folder renamed, or not.
    await runProgram({ killAt: /have arrived/ });
    expect(await runProgram()).toMatchObject({ code: 0, errors: '' });
    expect(contentOf(await stage.keptFolder())).toBe(before);
    expect((await readdir(stage.home)).filter((name) => !name.startsWith('db.moved-'))).toEqual([]);
    await expectMoved(stage);

    const later = await runProgram();
    expect(later).toMatchObject({ code: 0, errors: '' });
    expect(later.said).toEqual([expect.stringContaining('nothing to move')]);
    await expectMoved(stage);

    // Now a process is killed when it had committed everything and not renamed the stage.folder, and somebody used the new database.
    const database = await openDatabase(stage.target.url);
    const [marked] = await database.client.$queryRaw<{ id: string }[]>`
      SELECT obj_description('_prisma_migrations'::regclass, 'pg_class') AS id`;
    await database.client.user.create({ data: { username: 'Eve', usernameKey: 'eve', passwordHash: '-' } });
    await database.close();
    await rename(await stage.keptFolder(), stage.folder);
    await mkdir(join(stage.home, 'db.moving'));
    await writeFile(join(stage.home, 'db.moving/id'), marked?.id ?? '');

    const said: string[] = [];
    await moveEmbeddedDatabase({
      folder: stage.folder,
      url: stage.target.url,
      say: (line) => said.push(line),
    });
    expect(said).toEqual([expect.stringContaining('earlier start has moved everything')]);
    expect((await readdir(stage.home)).filter((name) => !name.startsWith('db.moved-'))).toEqual([]);
    expect(await stage.target.client.user.count()).toBe(3);

    // Somebody goes back to the former release, and then forward again: now either database may be the one that counts.
    await rename(await stage.keptFolder(), stage.folder);
    await expect(
      moveEmbeddedDatabase({ folder: stage.folder, url: stage.target.url, say: () => undefined }),
    ).rejects.toMatchObject({
      code: 'NOT_MOVED',
      message: expect.stringContaining('has data, too'),
      remedy: expect.stringContaining('Decide which one you want'),
    });
    expect(await readdir(stage.home)).toContain('db');
    expect(await stage.target.client.user.count()).toBe(3);
  });

  test('is left alone when it makes PGlite throw where nobody waits for it, and moved when it is whole again', async () => {
    await stage.bringDatabase();
    const sound = contentOf(stage.folder);
    const control = join(stage.folder, 'global/pg_control');
    const whole = await readFile(control);
    await truncate(control, 100);
    const damaged = contentOf(stage.folder);
    const failed = await runProgram();
    expect(failed.code).toBe(1);
    expect(failed.errors).toMatch(
      /could not be moved to PostgreSQL, and was left as it was: .+\. Start again; /,
    );
    expect(failed.errors).toMatch(/PGlite|program|exit|PostgreSQL/);
    expect(contentOf(stage.folder)).toBe(damaged);
    const tables = await stage.target.client.$queryRaw`SELECT FROM pg_tables WHERE schemaname = 'public'`;
    expect(tables).toEqual([]);

    await writeFile(control, whole);
    const moved = await runProgram();
    expect(moved).toMatchObject({ code: 0, errors: '' });
    expect(moved.said.at(-1)).toContain(await stage.keptFolder());
    expect(moved.said.join('\n')).toMatch(/rows of \d+ tables have arrived/);
    expect(contentOf(await stage.keptFolder())).toBe(sound);
    await expectMoved(stage);
  });

  test('stays when PGlite cannot be fetched, or is not what it should be', async () => {
    await stage.bringUnreadDatabase();
    await rm(join(stage.home, 'db.moving'), { recursive: true });
    const before = contentOf(stage.folder);
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
    expect(contentOf(stage.folder)).toBe(before);
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
