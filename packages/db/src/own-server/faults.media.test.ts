import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { unprivilegedAccount } from './account.ts';
import { openOwnServer, type OwnServer } from './own-server.ts';
import { mountSmallDisk, type SmallDisk } from './testing/small-disk.ts';
import { query } from './testing/query.ts';

const run = promisify(execFile);
/** Starts are cut off this often at moments of chance. */
const KILLS = Number(process.env['POSTGRES_KILLS'] ?? 1);
const TIMEOUT_MS = 60_000 + 20_000 * KILLS;
const PREPARE = join(import.meta.dirname, 'prepare-main.ts');

let dataDir: string;
let folder: string;
const open: OwnServer[] = [];
/** These run after a test, in reverse order. */
const undo: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'hindsight-faults-')));
  folder = join(dataDir, 'postgres');
});
afterEach(async () => {
  for (const server of open.splice(0).toReversed()) await server.close();
  for (const step of undo.splice(0).toReversed()) await step();
  await rm(dataDir, { recursive: true });
});

async function openServer(options?: { mayAttach: boolean }): Promise<OwnServer> {
  const server = await openOwnServer(folder, options);
  open.push(server);
  return server;
}

/** This data directory has a database with one row. A copy takes a tenth of the time that making one takes. */
let template: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'hindsight-faults-'));
  const server = await openOwnServer(join(template, 'postgres'));
  await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS value');
  await server.close();
});
afterAll(() => rm(template, { recursive: true }));

/** Leaves a database with one row, and no server. */
async function makeDatabase(): Promise<void> {
  for (const name of ['postgres', 'postgres-password'])
    await run('cp', ['-Rp', join(template, name), join(folder, '..', name)]);
}

async function readKept(): Promise<unknown> {
  const { url } = await openServer();
  return query(url, 'SELECT value FROM kept');
}
const KEPT = [{ value: 7 }];

async function postmasterPid(): Promise<number> {
  return Number.parseInt(await readFile(join(folder, 'postmaster.pid'), 'utf8'), 10);
}

/** Returns the first process of the running server, and its children. */
async function serverProcesses(): Promise<number[]> {
  const first = await postmasterPid();
  const { stdout } = await run('ps', ['-A', '-o', 'ppid=,pid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return [first, ...pairs.flatMap(([parent, pid]) => (parent === first && pid !== undefined ? [pid] : []))];
}

/** Kills all processes of the running server at once. */
async function killServer(): Promise<void> {
  for (const pid of await serverProcesses())
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It has noticed the death of the first one already.
      expect(error).toMatchObject({ code: 'ESRCH' });
    }
}

/** Starts another process that opens the server and stays. */
function spawnOwner(limit = '') {
  const program = `import { openOwnServer } from ${JSON.stringify(join(import.meta.dirname, 'own-server.ts'))};
    console.log((await openOwnServer(${JSON.stringify(folder)})).url);`;
  const node = [process.execPath, '--input-type=module', '-e', program];
  const child = spawn('sh', ['-c', `${limit} exec "$@"`, 'sh', ...node], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  return {
    url: once(child.stdout.setEncoding('utf8'), 'data').then(([text]) => String(text).trim()),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function unfinished(): Promise<string[]> {
  return (await readdir(dataDir)).filter((name) => name.includes('creating'));
}

/** Runs a command as the server's own account. */
async function spawnAsServer(command: string, args: string[]) {
  const child = spawn(command, args, { ...(await unprivilegedAccount()), cwd: '/', stdio: 'ignore' });
  await once(child, 'spawn');
  undo.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  return child.pid ?? 0;
}

describe('a server that was killed', () => {
  it('starts although another program has got its process id since', async () => {
    await makeDatabase();
    const other = await spawnAsServer('sleep', ['600']);
    const lines = [other, folder, 1_700_000_000, 5432, folder, '', '  5432001        17', 'ready   '];
    await writeFile(join(folder, 'postmaster.pid'), `${lines.join('\n')}\n`);
    await writeFile(join(folder, '.s.PGSQL.5432.lock'), `${lines.slice(0, 5).join('\n')}\n`);
    expect(await readKept()).toEqual(KEPT);
  });

  it('comes back by itself when its first process dies, after the last query of the others', async () => {
    await makeDatabase();
    const { url } = await openServer();
    const killed = await postmasterPid();
    const long = query(url, 'SELECT count(*) FROM generate_series(1, 1e10::bigint)').catch(() => 'ended');
    await vi.waitFor(async () =>
      expect(
        await query(url, `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%1e10%' LIMIT 1`),
      ).toHaveLength(1),
    );
    process.kill(killed, 'SIGKILL');
    await vi.waitFor(async () => expect(await query(url, 'SELECT value FROM kept')).toEqual(KEPT), {
      timeout: 15_000,
      interval: 100,
    });
    expect(await postmasterPid()).not.toBe(killed);
    expect(await long).toBe('ended');
  });

  it('recovers what was confirmed when all its processes die at once', async () => {
    await makeDatabase();
    const { url } = await openServer();
    await query(url, 'INSERT INTO kept SELECT 8');
    await killServer();
    await vi.waitFor(
      async () =>
        expect(await query(url, 'SELECT value FROM kept ORDER BY 1')).toEqual([{ value: 7 }, { value: 8 }]),
      { timeout: 15_000, interval: 100 },
    );
    expect(await readFile(join(dataDir, 'logs', 'postgres.log'), 'utf8')).toContain('automatic recovery');
  });

  it('recovers also when starts are cut off while they do', { timeout: TIMEOUT_MS }, async () => {
    await makeDatabase();
    const first = spawnOwner();
    const url = await first.url;
    await query(url, 'INSERT INTO kept SELECT generate_series(8, 300007)');
    await killServer();
    await first.kill();
    for (let kill = 0; kill < KILLS; kill++) {
      const cutOff = spawnOwner();
      await delay(randomInt(250, 650));
      await cutOff.kill();
    }
    const again = await openServer({ mayAttach: false });
    expect(await query(again.url, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 300_001 }]);
    expect(await readFile(join(dataDir, 'logs', 'postgres.log'), 'utf8')).toContain('redo starts');
  });

  it('is gone soon after the process that ran it, however that died', async () => {
    await makeDatabase();
    const owner = spawnOwner();
    await owner.url;
    await owner.kill();
    // The next one waits for it instead of giving up.
    const { url } = await openServer({ mayAttach: false });
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a start that is cut off', () => {
  it(
    'leaves nothing half-made when it is killed while it makes the database',
    { timeout: TIMEOUT_MS },
    async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(process.execPath, [PREPARE, folder], { stdio: 'ignore' });
        const exited = once(child, 'exit');
        // It has begun, and isn't done.
        await vi.waitFor(async () => expect(await unfinished()).not.toEqual([]), { interval: 5 });
        await delay(randomInt(500));
        child.kill('SIGKILL');
        await exited;
      }
      const { url } = await openServer();
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await unfinished()).toEqual([]);
    },
  );

  it('is the only one on its folder', async () => {
    const prepare = () =>
      run(process.execPath, [PREPARE, folder]).then(
        () => 'prepared',
        (error: { stderr: string }) => error.stderr,
      );
    const outcomes = (await Promise.all([prepare(), prepare()])).toSorted();
    expect(outcomes[0]).toMatch(/^The database folder .* is in use already \(process \d+\)\. Stop the other/);
    expect(outcomes[1]).toBe('prepared');
    await openServer();
    expect(await prepare()).toMatch(/is in use already/);
  });
});

describe('a folder that cannot be used', () => {
  it('says which release wrote the database and how to go on', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'PG_VERSION'), '17\n');
    await expect(openServer()).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      message: `The database folder ${folder} was written by PostgreSQL 17, and this release of Hindsight has PostgreSQL 18. Nothing was changed. With the release of Hindsight that wrote it, save a backup: node apps/server/src/backup/main.ts save <backup>. Then move ${folder} aside, restore with this release: node apps/server/src/backup/main.ts restore <backup>, and start.`,
    });
    expect(await readdir(folder)).toEqual(['PG_VERSION']);
  });

  it('is left alone when it holds other files', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'holiday.jpg'), '');
    await expect(openServer()).rejects.toThrow('holds other files and no database. Move them elsewhere');
    expect(await readdir(folder)).toEqual(['holiday.jpg']);
  });

  it('is named when nothing can be written there', async () => {
    await writeFile(join(dataDir, 'file'), '');
    folder = join(dataDir, 'file', 'data', 'postgres');
    await expect(openServer()).rejects.toMatchObject({
      code: 'FOLDER_UNUSABLE',
      message: `The database folder ${folder} cannot be written to. Give Hindsight a folder that it may write to (DATA_DIR).`,
    });
  });

  it('is named when it is a link that leads nowhere', async () => {
    await symlink('/var/lib/nowhere/hindsight', folder);
    await expect(openServer()).rejects.toThrow(
      `${folder} is a link to /var/lib/nowhere/hindsight, which does not exist. Put the database back there`,
    );
    expect(await readlink(folder)).toBe('/var/lib/nowhere/hindsight');
  });
});

describe('a password that was lost', () => {
  it('is made anew, and the old one opens nothing any more', async () => {
    await makeDatabase();
    const before = await readFile(join(dataDir, 'postgres-password'), 'utf8');
    await rm(join(dataDir, 'postgres-password'));
    expect(await readKept()).toEqual(KEPT);
    const after = await readFile(join(dataDir, 'postgres-password'), 'utf8');
    expect(after).not.toBe(before);
  });

  it('is replaced by the one in the file, at the next start', async () => {
    await makeDatabase();
    const running = await openOwnServer(folder);
    await writeFile(join(dataDir, 'postgres-password'), 'chosen by hand\n');
    await expect(openServer()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await running.close();
    expect(await readKept()).toEqual(KEPT);
  });
});

describe('a place that does not suit PostgreSQL', () => {
  it('may have a path that is too long for a socket', async () => {
    const deep = join(dataDir, 'a-rather-long-name-of-a-folder'.repeat(4), 'data');
    await mkdir(deep, { recursive: true });
    await chmod(join(deep, '..'), 0o755);
    await chmod(dataDir, 0o755);
    folder = join(deep, 'postgres');
    await makeDatabase();
    const { url } = await openServer();
    const socketFolder = new URL(url).searchParams.get('host') ?? '';
    expect(socketFolder).toContain('hindsight-postgres-');
    expect((await lstat(socketFolder)).mode & 0o777).toBe(0o700);
    undo.push(() => rm(socketFolder, { recursive: true }));
    expect(await query(url, 'SELECT value FROM kept')).toEqual(KEPT);
  });

  it("may be closed to root's PostgreSQL, which then has its database elsewhere and a link to it", async () => {
    const closed = join(dataDir, 'closed');
    await mkdir(join(closed, 'data'), { recursive: true });
    await chmod(closed, 0o700);
    folder = join(closed, 'data', 'postgres');
    const server = await openServer();
    await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS value');
    await open.pop()?.close();
    const isRoot = (await unprivilegedAccount()) !== null;
    const real = await realpath(folder);
    if (isRoot) undo.push(() => rm(real, { recursive: true }));
    expect(real).toMatch(isRoot ? /^\/var\/lib\/hindsight\/postgres-\w{8}$/ : /closed\/data\/postgres$/);
    expect((await lstat(closed)).mode & 0o777).toBe(0o700);
    expect(await readKept()).toEqual(KEPT);
  });
});

it('is not made by a user without a name, and says why', async () => {
  const isRoot = (await unprivilegedAccount()) !== null;
  if (isRoot) await chown(dataDir, 54_321, 54_321);
  const nameless = isRoot ? { uid: 54_321, gid: 54_321 } : {};
  const attempt = run(process.execPath, [PREPARE, folder], nameless).then(
    () => 'made',
    (error: { stderr: string }) => error.stderr,
  );
  // Only root can become such a user.
  expect(await attempt).toMatch(isRoot ? /user 54321 has none on this machine. Give it one/ : /^made$/);
});

describe('a full disk', () => {
  let disk: SmallDisk | null;

  async function useSmallDisk(sizeMiB: number): Promise<void> {
    const place = join(dataDir, 'disk');
    await mkdir(place);
    await chmod(dataDir, 0o755);
    disk = await mountSmallDisk(place, sizeMiB);
    folder = join(place, 'postgres');
    const mounted = disk;
    if (mounted !== null) undo.push(() => mounted.remove());
  }

  it('is named while the database is made, and nothing is left of that', async () => {
    await useSmallDisk(30);
    // Without the right to mount, a limit of the size of files stands in for the disk.
    const limited = ['-c', `${disk === null ? 'ulimit -f 8000;' : ''} exec "$@"`, 'sh'];
    const attempt = run('sh', [...limited, process.execPath, PREPARE, folder]);
    await expect(attempt).rejects.toMatchObject({
      stderr: `The disk of the database folder ${folder} is full. Free some space on it, then start again; nothing is lost.\n`,
    });
    expect(await readdir(join(folder, '..'))).toEqual(['postgres-password']);
  });

  it('stops what is written, loses nothing, and is forgotten when there is room again', async () => {
    await useSmallDisk(100);
    await makeDatabase();
    const fill = async (url: string) => {
      for (;;) await query(url, `INSERT INTO kept SELECT 9 FROM generate_series(1, 20000)`);
    };
    if (disk === null) {
      // Without the right to mount, a limit of the size of files stands in for the disk.
      const limited = spawnOwner('ulimit -f 33000;');
      await expect(fill(await limited.url)).rejects.toThrow('File too large');
      await limited.kill();
    } else {
      const { url } = await openServer();
      const filler = join(folder, '..', 'filler');
      await writeFile(filler, Buffer.alloc((await disk.freeBytes()) - 4 * 1024 * 1024));
      await expect(fill(url)).rejects.toThrow(
        // It depends on which file finds no room: the server may have to begin anew.
        /no space left|recovery mode|terminated|ECONNREFUSED|ENOENT/i,
      );
      await rm(filler);
    }
    const { url } = await openServer();
    const isBack = async () => {
      await query(url, 'INSERT INTO kept SELECT 8');
      expect(await query(url, 'SELECT value FROM kept WHERE value < 9 ORDER BY 1')).toEqual([
        { value: 7 },
        { value: 8 },
      ]);
    };
    await vi.waitFor(isBack, { timeout: 18_000, interval: 100 });
  });
});
