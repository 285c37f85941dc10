import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPostgres } from './postgres.mjs';
import { claimDataDir } from './run-file.mjs';

const execute = promisify(execFile);
/** Starts are stopped this often at moments of chance. */
const STOPS = Number(process.env['POSTGRES_KILLS'] ?? 2);
/** A first start takes at most this long. */
const START_MS = 1300;

/** @type {string} */
let dataDir;
/** @type {string[]} */
let lines;
/** @type {{ stop(): Promise<void> }[]} */
let started;
/** @type {() => Promise<unknown>} */
let undo;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'hindsight-postgres-'));
  lines = [];
  started = [];
  undo = async () => {};
});
afterEach(async () => {
  for (const server of started) await server.stop();
  await undo();
  await rm(dataDir, { recursive: true });
});

/**
 * This data directory has a database. A copy takes a tenth of the time that making one takes.
 * @type {string}
 */
let template;
beforeAll(async () => {
  template = await mkdtemp(path.join(tmpdir(), 'hindsight-postgres-'));
  const claim = await claimDataDir(template, { url: 'http://localhost:3000', log: () => {} });
  const server = createPostgres({ dataDir: template, claim, log: () => {} });
  await server.start();
  await server.stop();
});
afterAll(() => rm(template, { recursive: true }));

async function bringDatabase() {
  for (const name of ['postgres', 'postgres-password'])
    await execute('cp', ['-Rp', path.join(template, name), path.join(dataDir, name)]);
}

const log = (/** @type {string} */ line) => lines.push(line);

async function createServer() {
  const claim = await claimDataDir(dataDir, { url: 'http://localhost:3000', log });
  const server = createPostgres({ dataDir, claim, log });
  started.push(server);
  return server;
}

async function postmasterPid() {
  const text = await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  return Number.parseInt(text, 10);
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Makes the data directory a file system of its own, in memory, where this process may mount one. */
async function mountSmallDisk() {
  try {
    await execute('mount', ['-t', 'tmpfs', '-o', 'size=100m,mode=755', 'hindsight-test', dataDir]);
    undo = () => execute('umount', ['--lazy', dataDir]);
    return true;
  } catch {
    return false;
  }
}

const readLog = () => readFile(path.join(dataDir, 'logs', 'postgres.log'), 'utf8');

describe('the PostgreSQL server that npm start runs', () => {
  it('is started again when it dies, and stops last of all with nothing to recover', async () => {
    await bringDatabase();
    const server = await createServer();
    const { DATABASE_URL } = await server.start();
    expect(DATABASE_URL).toMatch(/^postgresql:\/\/hindsight:[\w-]{43}@localhost\/hindsight\?host=/);
    const pid = await postmasterPid();
    const run = JSON.parse(await readFile(path.join(dataDir, 'run.json'), 'utf8'));
    expect(run.processes['PostgreSQL server'].pid).toBe(pid);

    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(lines).toContain('PostgreSQL is back.'), { timeout: 15_000 });
    const restarted = await postmasterPid();
    expect(restarted).not.toBe(pid);

    await server.stop();
    expect(isRunning(restarted)).toBe(false);
    expect(await readLog()).toMatch(/database system is shut down\n$/);
    const password = /:([\w-]{43})@/.exec(DATABASE_URL)?.[1] ?? '';
    expect([await readLog(), ...lines].join('\n')).not.toContain(password);
  });

  it(
    'can be stopped at any moment of its first start and of later ones',
    { timeout: 20_000 * (1 + STOPS) },
    async () => {
      for (const afterMs of [0, ...Array.from({ length: STOPS }, () => randomInt(START_MS))]) {
        const server = await createServer();
        const start = server.start().catch((/** @type {unknown} */ error) => error);
        await delay(afterMs);
        await server.stop();
        await start;
        const names = await readdir(dataDir);
        expect(names.filter((name) => name.includes('creating'))).toEqual([]);
        expect(await postmasterPid()).toBeNaN();
      }
      const server = await createServer();
      await server.start();
      expect(isRunning(await postmasterPid())).toBe(true);
    },
  );

  it('is ended by the next start when its own was killed, without a recovery', async () => {
    await bringDatabase();
    const first = await createServer();
    await first.start();
    const orphan = await postmasterPid();
    // The next start finds the run file of one that is dead.
    const file = path.join(dataDir, 'run.json');
    const run = JSON.parse(await readFile(file, 'utf8'));
    expect(run.processes['PostgreSQL server'].signals).toEqual(['SIGINT', 'SIGQUIT']);
    await createServer();
    expect(isRunning(orphan)).toBe(false);
    expect(lines.join('\n')).toContain(`Ending the PostgreSQL server that an earlier start left behind`);
    expect(await readLog()).toContain('received fast shutdown request');
  });

  it('waits for room on a full disk, and says so', async () => {
    const isMounted = await mountSmallDisk();
    if (!isMounted) {
      // Without the right to mount, a limit of the size of files stands in for the disk.
      const program = `import { createPostgres } from ${JSON.stringify(path.join(import.meta.dirname, 'postgres.mjs'))};
        const claim = { remember() {}, async release() {} };
        await createPostgres({ dataDir: ${JSON.stringify(dataDir)}, claim, log() {} }).start();`;
      const limited = ['-c', 'ulimit -f 8000; exec "$@"', 'sh', process.execPath, '--input-type=module'];
      await expect(execute('sh', [...limited, '-e', program])).rejects.toThrow(
        `The disk of the database folder ${dataDir}/postgres is full`,
      );
      return;
    }
    await bringDatabase();
    const server = await createServer();
    await server.start();
    const filler = path.join(dataDir, 'filler');
    const { bavail, bsize } = await statfs(dataDir);
    await writeFile(filler, Buffer.alloc(bavail * bsize));
    process.kill(await postmasterPid(), 'SIGKILL');
    const full = `PostgreSQL: The disk of ${dataDir}/postgres is full. Free some space on it`;
    await vi.waitFor(() => expect(lines.join('\n')).toContain(full), { timeout: 15_000 });
    await rm(filler);
    await vi.waitFor(() => expect(lines).toContain('PostgreSQL is back.'), { timeout: 15_000 });
  });

  it('is refused on a folder with other files, in words', async () => {
    await mkdir(path.join(dataDir, 'postgres'));
    await writeFile(path.join(dataDir, 'postgres', 'holiday.jpg'), '');
    const server = await createServer();
    await expect(server.start()).rejects.toThrow(
      `The database folder ${dataDir}/postgres holds other files and no database. Move them elsewhere`,
    );
  });
});
