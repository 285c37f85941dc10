import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient } from '@hindsight/db/client';
import { openDatabase } from '@hindsight/db/database';
import { openOwnServer } from '@hindsight/db/own-server/own-server';
import { PASSWORD } from './person.ts';
import { findSecrets } from '@hindsight/rig/servers/secrets-in-log';

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_DEADLINE_MS = 180_000;
const STOP_DEADLINE_MS = 40_000;

/** An app rig is a whole Hindsight, started as people start it: by `npm start`'s own script, with its own data directory. */
export interface AppRig {
  url: string;
  dataDir: string;
  /** Returns the id of the server's process, which changes with each restart. */
  serverPid(): Promise<number>;
  /** Ends PostgreSQL as a crash would. It is started again by whoever supervises it. */
  crashDatabase(): Promise<void>;
  /** Ends the server as a crash would, and resolves once the restarted server answers. */
  crashServer(): Promise<void>;
  /** Ends the app like Ctrl-C. @throws Error when it does not end cleanly, or when its logs contain a secret */
  stop(): Promise<void>;
}

/** Makes every setting blank, so that neither the developer's environment nor their .env decides what is tested. */
function blankSettings(): Record<string, string> {
  const example = readFileSync(path.join(ROOT, '.env.example'), 'utf8');
  return Object.fromEntries([...example.matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => [name, '']));
}

/**
 * Starts the app on a free port. Everything must be set up already.
 * @throws Error with everything that was printed, when the start fails
 */
export async function startApp(dataDir: string, settings: Record<string, string> = {}): Promise<AppRig> {
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts', 'start.mjs')], {
    env: {
      ...process.env,
      ...blankSettings(),
      FFMPEG_PATH: '',
      PORT: '0',
      DATA_DIR: dataDir,
      // Each request is logged, so that the search for secrets at the end covers it.
      LOG_LEVEL: 'debug',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  }
  const url = await until(START_DEADLINE_MS, () => {
    if (hasEnded(child)) throw new Error(`Hindsight did not start:\n${printed}`);
    return /is ready .*: (http\S+)/.exec(printed)?.[1];
  });

  const serverPid = async () => {
    const run = JSON.parse(await readFile(path.join(dataDir, 'run.json'), 'utf8')) as {
      processes: { server: { pid: number } };
    };
    return run.processes.server.pid;
  };
  return {
    url,
    dataDir,
    serverPid,
    async crashDatabase() {
      const text = await readFile(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
      process.kill(Number.parseInt(text, 10), 'SIGKILL');
    },
    async crashServer() {
      const pid = await serverPid();
      process.kill(pid, 'SIGKILL');
      await until(START_DEADLINE_MS, async () => {
        if ((await serverPid()) === pid) return undefined;
        return (await isHealthy(url)) || undefined;
      });
    },
    async stop() {
      if (hasEnded(child)) return;
      child.kill('SIGINT');
      await until(STOP_DEADLINE_MS, () => hasEnded(child) || undefined);
      if (child.exitCode !== 0) throw new Error(`Hindsight did not end cleanly:\n${printed}`);
      const secrets = await secretsInLogs(dataDir);
      if (secrets.length > 0) throw new Error(`The logs hold secrets:\n${secrets.join('\n')}`);
    },
  };
}

/** Copies the database of an app that isn't running into another data directory, which has none. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  for (const name of ['postgres', 'postgres-password'])
    await cp(path.join(from, name), path.join(to, name), { recursive: true });
}

/** Changes the database directly while the app is not running, and makes it if there is none. */
export async function withDatabase(
  dataDir: string,
  change: (db: PrismaClient) => Promise<void>,
): Promise<void> {
  const server = await openOwnServer(path.join(dataDir, 'postgres'));
  try {
    const database = await openDatabase(server.url);
    await change(database.client).finally(() => database.close());
  } finally {
    await server.close();
  }
}

/** Finds secrets in everything that an app and its LiveKit have logged in all their runs. */
async function secretsInLogs(dataDir: string): Promise<string[]> {
  const secretOf = async (name: string) =>
    (await readFile(path.join(dataDir, name), 'utf8').catch(() => '')).trim();
  const known = {
    'a password': PASSWORD,
    'the secret of sessions': await secretOf('jwt-secret'),
    'the secret of LiveKit': await secretOf('livekit-api-secret'),
    'the password of PostgreSQL': await secretOf('postgres-password'),
  };
  const folder = path.join(dataDir, 'logs');
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  return texts.flatMap((text) => findSecrets(text, known));
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

async function until<T>(deadlineMs: number, check: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain`);
    await sleep(50);
  }
}
