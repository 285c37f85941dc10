import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLivekitServer } from '../../../../scripts/programs/livekit-server.mjs';
import { freeTcpPort, freeUdpPort } from './free-ports.ts';

export interface LivekitRig {
  /** The URL has the form `http://127.0.0.1:port`; the WebSocket is on the same port. */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** LiveKit receives media on this port, over UDP on loopback. */
  mediaPort: number;
  /** Ends the server as an admin would (SIGTERM) and waits until it has ended. */
  stop(): Promise<void>;
  /** Ends the server as a crash would (SIGKILL). */
  kill(): Promise<void>;
  /** Starts the server again on the same ports; it remembers nothing of the time before. */
  restart(): Promise<void>;
  /** True freezes the process (SIGSTOP), false lets it continue. */
  freeze(isFrozen: boolean): void;
}

export interface LivekitOptions {
  /** LiveKit posts its webhooks there, signed with the rig's key. */
  webhookUrl?: string;
}

const API_KEY = 'rigkey';
const API_SECRET = 'rigsecretrigsecretrigsecretrigsecret';
const START_DEADLINE_MS = 20_000;
const SIGNAL_AGAIN_MS = 1000;
const END_DEADLINE_MS = 15_000;

/** Starts a real livekit-server for the caller alone, on free ports, reachable over loopback only. */
export async function startLivekit(options: LivekitOptions = {}): Promise<LivekitRig> {
  const port = await freeTcpPort();
  const mediaPort = await freeUdpPort();
  const config = {
    port,
    bind_addresses: ['127.0.0.1'],
    // Without these three settings the server offers only addresses that a browser on the same machine cannot use.
    rtc: {
      udp_port: mediaPort,
      tcp_port: await freeTcpPort(),
      use_external_ip: false,
      node_ip: '127.0.0.1',
      enable_loopback_candidate: true,
    },
    keys: { [API_KEY]: API_SECRET },
    ...(options.webhookUrl === undefined
      ? {}
      : { webhook: { api_key: API_KEY, urls: [options.webhookUrl] } }),
    logging: { level: 'warn' },
  };
  const binary = await findLivekitServer();
  const url = `http://127.0.0.1:${port}`;
  let child = await launch(binary, config, url);
  return {
    url,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    mediaPort,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGKILL');
      child = await launch(binary, config, url);
    },
    freeze: (isFrozen) => void child.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  // A server that has just started loses the first SIGTERM, or waits for everybody to leave after it.
  const again = setTimeout(() => child.kill(signal), SIGNAL_AGAIN_MS);
  const lastly = setTimeout(() => child.kill('SIGKILL'), END_DEADLINE_MS);
  await ended;
  clearTimeout(again);
  clearTimeout(lastly);
}

/** Starts the server and resolves once it answers. */
async function launch(binary: string, config: object, url: string): Promise<ChildProcess> {
  // YAML is a superset of JSON.
  const child = spawn(binary, ['--config-body', JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)));
  }
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(url))) {
    if (failure !== undefined || hasEnded(child)) {
      const why = failure ?? `exit ${child.exitCode ?? child.signalCode}`;
      throw new Error(`livekit-server did not start: ${why}\n${output}`);
    }
    if (Date.now() > deadline) {
      await end(child, 'SIGKILL');
      throw new Error(`livekit-server did not answer within ${START_DEADLINE_MS} ms\n${output}`);
    }
    await sleep(50);
  }
  return child;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
