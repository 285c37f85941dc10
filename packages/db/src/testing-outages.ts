import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { MAX_CONNECTIONS, wrapPool } from './database.ts';
import { openPool } from './postgres.ts';
import { startTestServer, untilReady } from './testing-postgres.ts';
import { openTestDatabase } from './testing.ts';

/** It runs the server and, when the pipe to this process closes, ends it. */
const SUPERVISE = `exec 3<&0; "$@" & server=$!
(cat <&3 > /dev/null; kill -INT $server) & watch=$!
wait $server; kill $watch`;

/** A COMMIT on its way through the proxy meets this: its answer waits for a `release`, or the connection is cut before it. */
type CommitTrouble = 'hold answer' | 'cut before answer' | null;

export type DatabaseProxy = Awaited<ReturnType<typeof startDatabaseProxy>>;

/**
 * Starts a proxy in front of a PostgreSQL server's socket, through which a test takes the database away.
 * @param serverUrl is the address of a database with the folder of the server's socket as its `host`
 */
export async function startDatabaseProxy(serverUrl: string) {
  const target = new URL(serverUrl);
  const socketPath = join(target.searchParams.get('host') ?? '', '.s.PGSQL.5432');
  const connections = new Set<{ client: Socket; server: Socket; isHeld: boolean }>();
  let isAway = false;
  let isHolding = false;
  let onCommit: CommitTrouble = null;
  let commitCount = 0;

  const proxy = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const server = connect(socketPath);
    const connection = { client, server, isHeld: isHolding };
    connections.add(connection);
    let isCut = false;
    client.on('data', (bytes) => {
      if (bytes.includes('COMMIT\0')) {
        commitCount += 1;
        if (onCommit === 'hold answer') connection.isHeld = true;
        isCut = onCommit === 'cut before answer';
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (isCut) {
        client.destroy();
        return;
      }
      if (connection.isHeld && client.writableCorked === 0) client.cork();
      client.write(bytes);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        connections.delete(connection);
        other.destroy();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  target.searchParams.delete('host');
  target.host = `127.0.0.1:${address.port}`;

  const cutAll = () => connections.forEach(({ client, server }) => (client.destroy(), server.destroy()));
  return {
    url: target.href,
    /** This many COMMITs have come through. */
    commits: () => commitCount,

    /** Ends all connections, and refuses new ones until `comeBack`. */
    goAway(): void {
      isAway = true;
      cutAll();
    },

    /** Ends all connections; new ones are let through. */
    cut: cutAll,

    /** Ends every fault. */
    comeBack(): void {
      isAway = isHolding = false;
      onCommit = null;
      for (const connection of connections) {
        connection.isHeld = false;
        connection.client.uncork();
      }
    },

    /** Holds back all answers until `comeBack`, like a network that delivers nothing and says so to nobody. */
    hold(): void {
      isHolding = true;
      for (const connection of connections) connection.isHeld = true;
    },

    /** From now on, this happens to the answers of COMMITs. */
    troubleCommits(trouble: CommitTrouble): void {
      onCommit = trouble;
    },

    async stop(): Promise<void> {
      cutAll();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

/**
 * Opens a test's own database through a proxy. `direct` reaches it in an outage too; closing `database` closes everything.
 * @param options `transactionTimeoutMs`: for a test that waits until transactions have ended by themselves
 */
export async function openInterruptibleDatabase(options: { transactionTimeoutMs?: number } = {}) {
  const direct = await openTestDatabase();
  const proxy = await startDatabaseProxy(direct.url);
  const pool = await openPool(proxy.url, 'the test database', MAX_CONNECTIONS);
  const database = wrapPool(pool, proxy.url, options);
  const close = async () => {
    proxy.comeBack();
    await database.close();
    await proxy.stop();
    await direct.close();
  };
  return { direct: direct.client, proxy, database: { ...database, close } };
}

export type StoppableServer = Awaited<ReturnType<typeof startStoppableServer>>;

/** Starts a PostgreSQL server of its own for a test that kills it, stops it for a while and starts it again. */
export async function startStoppableServer() {
  const server = await startTestServer();
  const home = new URL(server.url).searchParams.get('host') ?? '';
  const data = join(home, 'data');
  const { uid, gid } = await stat(data);
  // PostgreSQL writes each word of the command in quotes, except the program.
  const words = await readFile(join(data, 'postmaster.opts'), 'utf8');
  const command = words
    .trim()
    .split(' "')
    .map((word) => word.replace(/"$/, ''));
  let again: ChildProcess | undefined;
  // Servers for tests forget the last commits when they are killed, which this one must not.
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('ALTER ROLE ALL SET synchronous_commit = on');
  await admin.end();

  async function pid(): Promise<number> {
    return Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);
  }

  async function hasEnded(process_: number): Promise<boolean> {
    try {
      process.kill(process_, 0);
    } catch {
      return true;
    }
    // It may only wait to be noticed by the shell that started it.
    const state = await readFile(`/proc/${process_}/stat`, 'utf8').catch(() => ') Z');
    return state.slice(state.lastIndexOf(')')).startsWith(') Z');
  }

  return {
    url: server.url,

    /** Sends the postmaster a signal: SIGKILL, SIGINT (a shutdown that waits for nobody), SIGSTOP, SIGCONT. */
    async signal(signal: NodeJS.Signals): Promise<void> {
      process.kill(await pid(), signal);
    },

    /** Ends the postmaster, and resolves when it is gone. */
    async end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
      const ending = await pid();
      process.kill(ending, signal);
      while (!(await hasEnded(ending))) await delay(5);
    },

    /** Starts it again with the same settings, and resolves when it takes connections. */
    async start(): Promise<void> {
      await untilReady(server.url, () => {
        if (again !== undefined && again.exitCode === null && again.signalCode === null) return;
        again?.stdin?.destroy();
        // While processes of the killed one are still ending, the new one refuses to start.
        again = spawn('sh', ['-c', SUPERVISE, 'sh', ...command], {
          ...(process.getuid?.() === 0 ? { uid, gid } : {}),
          cwd: home,
          stdio: ['pipe', 'ignore', 'ignore'],
        });
      });
    },

    async stop(): Promise<void> {
      const last = await pid().catch(() => null);
      if (last !== null && !(await hasEnded(last))) {
        process.kill(last, 'SIGCONT');
        process.kill(last, 'SIGINT');
        while (!(await hasEnded(last))) await delay(5);
      }
      again?.stdin?.destroy();
      await server.stop();
    },
  };
}
