// This module finds, configures and starts livekit-server. It runs before anything is installed, so it uses Node's own modules
// only.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { isExecutable } from '../setup/command.mjs';
import { buildWithGo, cachePath, MIN_GO, versionOf } from './go-program.mjs';
import { untilHealthy } from './health.mjs';
import { isAtLeast } from './version.mjs';

/** @internal A test compares it with the version that is deployed. */
export const LIVEKIT_VERSION = '1.13.5';
/** Older servers lack single-port UDP with loopback candidates as they are used below. */
const MIN_LIVEKIT = [1, 13];

const THREE_WAYS = `Hindsight needs a LiveKit server. One of these three gives it one:
  1. Use a LiveKit that runs already: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET (in .env, for example).
  2. Install livekit-server ${LIVEKIT_VERSION} on this machine, so that it is on PATH
     (macOS: brew install livekit; Linux: https://github.com/livekit/livekit/releases).
  3. Install Go ${MIN_GO.join('.')} or newer (https://go.dev/dl), or let Go's module proxy be reached (GOPROXY), from which a Go is
     then fetched for this; livekit-server is then built once, in about two minutes.`;

/**
 * Returns the path of a usable livekit-server: the one on PATH, else the one built before, else one that is built now with Go.
 * @param {{ log?: (line: string) => void }} [options] `log` is told what takes long
 * @returns {Promise<string>}
 * @throws {SetupError} naming the three ways to get one
 */
export async function findLivekitServer({ log = () => {} } = {}) {
  if (isAtLeast(await versionOf('livekit-server', ['--version']), MIN_LIVEKIT)) return 'livekit-server';
  const cached = cachePath('livekit-server', LIVEKIT_VERSION);
  if (await isExecutable(cached)) return cached;
  await buildWithGo({
    title: `livekit-server ${LIVEKIT_VERSION}`,
    goPackage: `github.com/livekit/livekit-server/cmd/server@v${LIVEKIT_VERSION}`,
    target: cached,
    remedy: THREE_WAYS,
    log,
  });
  return cached;
}

/**
 * Returns LiveKit's configuration for one machine. LiveKit reads YAML, of which JSON is a subset.
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
 * Starts livekit-server. The configuration is passed in the environment, because it contains the secret, which `ps` must not
 * show.
 * @param {object} options
 * @param {string} options.binary
 * @param {ReturnType<typeof livekitConfig>} options.config
 * @param {import('node:child_process').StdioOptions} [options.stdio]
 * @param {boolean} [options.detached] starts it in its own process group, which Ctrl-C does not reach
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
 * Ends livekit-server and resolves when it is gone. It ignores a signal in its first 100 ms and, after one signal, waits until
 * everybody has left, so the signal is repeated, and after `patienceMs` the process is killed.
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
