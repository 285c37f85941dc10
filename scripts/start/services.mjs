// This module starts LiveKit and the app server. They are siblings, so that LiveKit, and with it every call, survives a restart
// of the server.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { webhookUrl } from './addresses.mjs';
import { openChildLog } from './child-log.mjs';
import { untilHealthy } from '../programs/health.mjs';
import { livekitConfig, spawnLivekit, stopLivekit, waitForLivekit } from '../programs/livekit-server.mjs';
import { readOrCreateLivekitSecret } from './livekit-secret.mjs';
import { SERVER_ENTRY, serverCommand } from './server-command.mjs';
import { NODE_24, ROOT } from '../setup/setup.mjs';
import { createSupervisor } from './supervisor.mjs';

/** @typedef {import('./launch-plan.mjs').LaunchPlan} LaunchPlan */
/** @typedef {Awaited<ReturnType<typeof import('./ports.mjs').findLivekitPorts>>} LivekitPorts */
/** @typedef {Awaited<ReturnType<typeof import('./run-file.mjs').claimDataDir>>} Claim */

/** The first start creates the database, and a busy machine is slow. */
const SERVER_START_MS = 90_000;
/** The server has this long to finish its recordings. */
const SERVER_STOP_MS = 15_000;
const DEFAULT_API_KEY = 'hindsight';

/**
 * Prepares a LiveKit of our own on these ports, and the settings by which the server finds it.
 * @param {{ plan: LaunchPlan, env: NodeJS.ProcessEnv, ports: LivekitPorts, binary: string, claim: Claim, log: (line: string) => void }} options
 */
export async function prepareLivekit({ plan, env, ports, binary, claim, log }) {
  const apiKey = env.LIVEKIT_API_KEY || DEFAULT_API_KEY;
  const apiSecret = env.LIVEKIT_API_SECRET || (await readOrCreateLivekitSecret(plan.dataDir));
  const config = livekitConfig({
    ...ports,
    apiKey,
    apiSecret,
    address: plan.address,
    webhookUrls: [webhookUrl(plan.reach)],
  });
  const childLog = openChildLog(path.join(plan.dataDir, 'logs', 'livekit.log'));
  const supervisor = createSupervisor({
    name: 'LiveKit',
    start() {
      const child = spawnLivekit({ binary, config, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
      childLog.attach(child);
      return child;
    },
    end: stopLivekit,
    untilHealthy: (signal) => waitForLivekit(ports.port, { signal }),
    lastOutput: childLog.tail,
    log,
    onPid: (pid) => claim.remember('livekit-server', pid, 'livekit-server'),
  });
  const settings = {
    LIVEKIT_URL: `ws://127.0.0.1:${ports.port}`,
    LIVEKIT_API_KEY: apiKey,
    LIVEKIT_API_SECRET: apiSecret,
  };
  return { supervisor, settings, ports };
}

/**
 * Prepares the app server, which runs on the Node that the project installs.
 * @param {{ plan: LaunchPlan, env: NodeJS.ProcessEnv, claim: Claim, log: (line: string) => void }} options `env` is the
 *   server's whole environment
 */
export function prepareServer({ plan, env, claim, log }) {
  const childLog = openChildLog(path.join(plan.dataDir, 'logs', 'server.log'));
  return createSupervisor({
    name: 'The server',
    start() {
      const command = serverCommand();
      const child = spawn(NODE_24, command.args, {
        cwd: ROOT,
        env: { ...command.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Ctrl-C reaches only this process, which ends the server before LiveKit.
        detached: true,
      });
      childLog.attach(child, (note) => log(`server: ${note}`));
      return child;
    },
    end: endServer,
    untilHealthy: (signal) =>
      untilHealthy(`${plan.localOrigin}/healthz`, { timeoutMs: SERVER_START_MS, signal }),
    lastOutput: childLog.tail,
    log,
    onPid: (pid) => claim.remember('server', pid, SERVER_ENTRY),
  });
}

/** @param {import('node:child_process').ChildProcess} child */
async function endServer(child) {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const patience = new AbortController();
  const tooLong = delay(SERVER_STOP_MS, 'too long', { signal: patience.signal }).catch(() => {});
  if ((await Promise.race([exited, tooLong])) === 'too long') child.kill('SIGKILL');
  await exited;
  patience.abort();
}
