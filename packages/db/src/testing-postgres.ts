import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { unprivilegedAccount } from './own-server/account.ts';
import { binariesFor, findBinaries } from './own-server/binaries.ts';

const run = promisify(execFile);
const START_TIMEOUT_MS = 30_000;
/** Linux's folder in memory: a database is made there in a tenth of the time. Containers often have it small. */
const MEMORY = '/dev/shm';
const MEMORY_NEEDED_BYTES = 2 * 1024 ** 3;

/** A PostgreSQL server for tests that need several connections. */
export interface TestServer {
  /** This is the address of the `postgres` database, with its superuser. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a throw-away PostgreSQL server that is reached through a Unix socket, so no port can be taken. It goes, with its
 * files, when stopped and also when this process dies in whatever way.
 * @param options `mayBeInMemory`: for many small databases, whose speed nobody measures
 */
export async function startTestServer({ mayBeInMemory = false } = {}): Promise<TestServer> {
  const account = await unprivilegedAccount();
  // Root's own temporary folder may be closed to the account.
  const home = await mkdtemp(join(account === null ? tmpdir() : '/tmp', 'hindsight-postgres-'));
  const { native } = await binariesFor(account, await findBinaries());
  if (account !== null) await chown(home, account.uid, account.gid);
  const isInMemory = mayBeInMemory && (await hasRoomInMemory());
  const data = isInMemory ? await mkdtemp(join(MEMORY, 'hindsight-postgres-')) : join(home, 'data');
  if (account !== null && isInMemory) await chown(data, account.uid, account.gid);
  await run(
    join(native, 'bin/initdb'),
    [
      ...['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'],
      ...['--no-sync', '--no-data-checksums'],
    ],
    { ...account, cwd: home },
  );

  // Tests come in as the superuser; other accounts are asked for their password, as on a server.
  const rules = 'local all postgres trust\nlocal all all scram-sha-256\n';
  await writeFile(join(data, 'pg_hba.conf'), rules);

  // The shell holds the other end of our pipe: when we die, `cat` ends and takes the server along.
  const supervisor = spawn(
    'sh',
    [
      '-c',
      'home=$1 data=$2; shift 2; "$@" & server=$!; cat > /dev/null; kill -INT $server; wait $server; rm -rf "$data" "$home"',
      'sh',
      home,
      data,
      join(native, 'bin/postgres'),
      ...['-D', data, '-k', home, '-c', 'listen_addresses=', '-c', 'max_connections=200'],
      ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
      // Nobody copies it while it runs, and its log takes no more room than it must.
      ...['-c', 'wal_level=minimal', '-c', 'max_wal_senders=0', '-c', 'max_wal_size=256MB'],
    ],
    { ...account, cwd: home, stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  let log = '';
  supervisor.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)));
  const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(home)}`;
  const server: TestServer = {
    url,
    async stop() {
      supervisor.stdin.end();
      if (supervisor.exitCode === null) await once(supervisor, 'exit');
    },
  };
  try {
    await untilReady(url);
  } catch (error) {
    await server.stop();
    throw new Error(`The PostgreSQL server for tests did not start:\n${log}`, { cause: error });
  }
  return server;
}

async function hasRoomInMemory(): Promise<boolean> {
  const found = await statfs(MEMORY).catch(() => null);
  return found !== null && found.bavail * found.bsize > MEMORY_NEEDED_BYTES;
}

/**
 * Resolves when the server takes connections.
 * @param beforeEach runs before each attempt
 * @throws what the last attempt met, after half a minute
 */
export async function untilReady(url: string, beforeEach?: () => void): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    beforeEach?.();
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(20);
    }
  }
}
