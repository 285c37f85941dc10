// Finds, configures and starts livekit-server. Runs before anything is installed: Node's own modules only.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isExecutable } from './command.mjs';
import { untilHealthy } from './health.mjs';
import { SetupError } from './setup-error.mjs';
import { isAtLeast, parseVersion } from './version.mjs';

const run = promisify(execFile);

export const LIVEKIT_VERSION = '1.13.5';
/** Older servers lack single-port UDP with loopback candidates as they are used below. */
const MIN_LIVEKIT = [1, 13];
/** From 1.21 on, Go fetches the newer toolchain that LiveKit asks for by itself. */
const MIN_GO = [1, 21];

const THREE_WAYS = `Hindsight needs a LiveKit server. One of these three gives it one:
  1. Use a LiveKit that runs already: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET (in .env, for example).
  2. Install livekit-server ${LIVEKIT_VERSION} on this machine, so that it is on PATH
     (macOS: brew install livekit; Linux: https://github.com/livekit/livekit/releases).
  3. Install Go ${MIN_GO.join('.')} or newer (https://go.dev/dl); livekit-server is then built once, in about two minutes.`;

/** @typedef {{ env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string }} Surroundings */

/**
 * Where a built livekit-server is kept: outside the clone, so that every clone on a machine shares one build.
 * @param {Surroundings} [surroundings]
 */
export function livekitCachePath({ env, platform, home } = here()) {
  const caches =
    platform === 'darwin'
      ? path.join(home, 'Library', 'Caches')
      : env.XDG_CACHE_HOME || path.join(home, '.cache');
  return path.join(caches, 'hindsight', `livekit-server-v${LIVEKIT_VERSION}`, 'livekit-server');
}

function here() {
  return { env: process.env, platform: process.platform, home: homedir() };
}

/**
 * The path of a usable livekit-server: on PATH, else the one built before, else built now with Go.
 * @param {{ log?: (line: string) => void }} [options] `log` is told what takes long
 * @returns {Promise<string>}
 * @throws {SetupError} naming the three ways to get one
 */
export async function findLivekitServer({ log = () => {} } = {}) {
  if (isAtLeast(await versionOf('livekit-server', ['--version']), MIN_LIVEKIT)) return 'livekit-server';
  const cached = livekitCachePath();
  if (await isExecutable(cached)) return cached;
  if (!isAtLeast(await versionOf('go', ['version']), MIN_GO)) throw new SetupError(THREE_WAYS);
  log(`Building livekit-server ${LIVEKIT_VERSION} with Go: about two minutes, once on this machine.`);
  await build(cached);
  return cached;
}

/** @param {string} target */
async function build(target) {
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  const workFolder = await mkdtemp(path.join(folder, 'build-'));
  try {
    await run('go', ['install', `github.com/livekit/livekit-server/cmd/server@v${LIVEKIT_VERSION}`], {
      env: { ...process.env, GOBIN: workFolder, CGO_ENABLED: '0', GOFLAGS: '' },
      maxBuffer: 64 * 1024 * 1024,
    });
    // Renamed when complete: a build that was interrupted, or one beside ours, never leaves half a binary.
    await rename(path.join(workFolder, 'server'), target);
  } catch (error) {
    throw new SetupError(`Building livekit-server failed:\n${outputOf(error)}\n\n${THREE_WAYS}`, {
      cause: error,
    });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** @param {unknown} error */
function outputOf(error) {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr || String(error);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
async function versionOf(command, args) {
  try {
    const { stdout } = await run(command, args);
    return parseVersion(stdout);
  } catch {
    return null;
  }
}

/**
 * LiveKit's configuration for one machine. LiveKit reads YAML, of which JSON is a part.
 * @param {object} options
 * @param {number} options.port signalling and API, on loopback only: the app server proxies browsers to it
 * @param {number} options.udpPort media
 * @param {number} options.tcpPort media where UDP is blocked
 * @param {string} options.apiKey
 * @param {string} options.apiSecret at least 32 characters
 * @param {string} [options.address] the IP that browsers are told to send media to
 * @param {string[]} [options.webhookUrls]
 * @param {'debug' | 'info' | 'warn' | 'error'} [options.logLevel]
 */
export function livekitConfig({
  port,
  udpPort,
  tcpPort,
  apiKey,
  apiSecret,
  address = '127.0.0.1',
  webhookUrls = [],
  logLevel = 'warn',
}) {
  const isLoopback = address.startsWith('127.');
  return {
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      udp_port: udpPort,
      tcp_port: tcpPort,
      use_external_ip: false,
      node_ip: address,
      enable_loopback_candidate: true,
      ...(isLoopback ? { ips: { includes: ['127.0.0.0/8'] } } : {}),
    },
    keys: { [apiKey]: apiSecret },
    ...(webhookUrls.length > 0 ? { webhook: { api_key: apiKey, urls: webhookUrls } } : {}),
    logging: { level: logLevel, json: false },
  };
}

/**
 * Starts livekit-server. The configuration goes by environment: it holds the secret, which `ps` must not show.
 * @param {object} options
 * @param {string} options.binary
 * @param {ReturnType<typeof livekitConfig>} options.config
 * @param {import('node:child_process').StdioOptions} [options.stdio]
 * @param {boolean} [options.detached] in a process group of its own, which Ctrl-C does not reach
 */
export function spawnLivekit({ binary, config, stdio = 'ignore', detached = false }) {
  return spawn(binary, [], {
    env: { ...process.env, LIVEKIT_CONFIG: JSON.stringify(config) },
    stdio,
    detached,
  });
}

/**
 * Resolves once LiveKit answers on its port.
 * @param {number} port
 * @param {{ timeoutMs?: number, signal?: AbortSignal }} [options]
 * @throws {Error} when it has not answered in time, or the signal aborts
 */
export async function waitForLivekit(port, { timeoutMs = 15_000, signal } = {}) {
  await untilHealthy(`http://127.0.0.1:${port}/`, { timeoutMs, signal });
}

/**
 * Ends livekit-server and resolves when it is gone. It ignores a signal in its first 100 ms and, asked once,
 * waits until everybody has left: so it is asked again, and after `patienceMs` killed.
 * @param {import('node:child_process').ChildProcess} child
 * @param {{ patienceMs?: number }} [options]
 */
export async function stopLivekit(child, { patienceMs = 8000 } = {}) {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const deadline = Date.now() + patienceMs;
  while (child.exitCode === null && child.signalCode === null) {
    child.kill(Date.now() < deadline ? 'SIGTERM' : 'SIGKILL');
    await Promise.race([exited, delay(300)]);
  }
}
