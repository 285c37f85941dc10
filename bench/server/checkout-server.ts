import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { LivekitRig } from '@hindsight/rig/servers/livekit';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { cpuMsOf, memoryOf, processTree, type Memory } from './processes.ts';

/** A checkout is a folder of this project at some commit, with its packages installed and the web app built. */
export interface Checkout {
  name: string;
  folder: string;
}

/** This is a whole server in processes of its own, as its checkout's `npm start` runs it, with its default database. */
export interface CheckoutServer extends AsyncDisposable {
  origin: string;
  /** So long it took from the start of the process until it said that it is ready. */
  readyMs: number;
  /** Returns what all its processes hold now. */
  memory(): Memory;
  /** Waits until the server has had nothing to do for a while, and returns what all its processes then hold. */
  idleMemory(): Promise<Memory>;
}

const READY_DEADLINE_MS = 2 * MINUTE;
/** V8 takes back memory in the first seconds after work. */
const SETTLE_MS = 15 * SECOND;
const SAMPLE_MS = 3 * SECOND;
/** Periodic work takes some CPU at all times; more than this part of a core is work that somebody asked for. */
const IDLE_CORES = 0.04;
const IDLE_DEADLINE_MS = 2 * MINUTE;

/** The settings of a server whose buffers stay for longer than a measurement takes. */
export function serverSettings(dataDir: string, livekit: LivekitRig, port: number): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATA_DIR: dataDir,
    PORT: String(port),
    LIVEKIT_URL: livekit.url.replace(/^http/, 'ws'),
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
    REPLAY_BUFFER_DURATION_MINUTES: '60',
    REPLAY_GRACE_MINUTES: '60',
    DEFAULT_USER_REPLAY_QUOTA_GB: '100',
    LOG_LEVEL: 'warn',
  };
}

/** Starts a checkout's server and waits until people can use it. @throws Error with its output when it ends before */
export async function startCheckoutServer(
  { folder }: Checkout,
  settings: Record<string, string>,
): Promise<CheckoutServer> {
  const { args, env } = await serverCommand(folder);
  const startedAt = performance.now();
  const child = spawn(join(folder, 'node_modules/node/bin/node'), args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4000);
    const address = /^READY (\S+)$/m.exec(output)?.[1];
    if (address !== undefined) resolve(address);
  });
  child.once('exit', (code) => reject(new Error(`the server in ${folder} ended with ${code}:\n${output}`)));
  const slow = setTimeout(() => reject(new Error(`${folder} is not ready:\n${output}`)), READY_DEADLINE_MS);
  const origin = await ready.finally(() => clearTimeout(slow));
  const pid = child.pid ?? 0;
  return {
    origin,
    readyMs: performance.now() - startedAt,
    memory: () => memoryOf(processTree(pid)),
    async idleMemory() {
      await untilIdle(pid);
      return memoryOf(processTree(pid));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Returns how a checkout's `npm start` runs its server. */
async function serverCommand(
  folder: string,
): Promise<{ args: string[]; env: Record<string, string | undefined> }> {
  const file = join(folder, 'scripts/start/server-command.mjs');
  if (existsSync(file)) {
    const module = (await import(pathToFileURL(file).href)) as {
      serverCommand(): { args: string[]; env: Record<string, string | undefined> };
    };
    return module.serverCommand();
  }
  // Older checkouts run it like this.
  return {
    args: ['apps/server/src/main.ts'],
    env: { NODE_COMPILE_CACHE: join(folder, 'node_modules/.cache/node') },
  };
}

async function untilIdle(pid: number): Promise<void> {
  const deadline = performance.now() + IDLE_DEADLINE_MS;
  await sleep(SETTLE_MS);
  for (;;) {
    const before = cpuMsOf(processTree(pid));
    await sleep(SAMPLE_MS);
    if (cpuMsOf(processTree(pid)) - before < IDLE_CORES * SAMPLE_MS) return;
    if (performance.now() > deadline) throw new Error('the server does not become idle');
  }
}
