import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLivekitServer } from '../../scripts/livekit-server.mjs';
import { freeTcpPort, freeUdpPort } from './free-ports.ts';

export interface LivekitRig {
  /** `http://127.0.0.1:port`; the WebSocket is on the same port. */
  url: string;
  apiKey: string;
  apiSecret: string;
  /** Ends the server as an admin would (SIGTERM) and waits until it has. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>;
}

export interface LivekitOptions {
  /** Where LiveKit posts its webhooks, signed with the rig's key. */
  webhookUrl?: string;
}

const API_KEY = 'rigkey';
const API_SECRET = 'rigsecretrigsecretrigsecretrigsecret';
const START_DEADLINE_MS = 20_000;

/** A real livekit-server of one's own, on free ports, reachable over loopback only. */
export async function startLivekit(options: LivekitOptions = {}): Promise<LivekitRig> {
  const port = await freeTcpPort();
  const config = {
    port,
    bind_addresses: ['127.0.0.1'],
    // Without these three the server offers only addresses that a browser on the same machine can't use.
    rtc: {
      udp_port: await freeUdpPort(),
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
  // YAML is a superset of JSON.
  const child = spawn(await findLivekitServer(), ['--config-body', JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)));
  }
  let exit: string | undefined;
  child.once('error', (error) => (exit = error.message));
  child.once('exit', (code, signal) => (exit ??= `exit ${code ?? signal}`));

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (exit !== undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(url))) {
    if (exit !== undefined) throw new Error(`livekit-server did not start: ${exit}\n${output}`);
    if (Date.now() > deadline) {
      await end('SIGKILL');
      throw new Error(`livekit-server did not answer within ${START_DEADLINE_MS} ms\n${output}`);
    }
    await sleep(50);
  }
  return {
    url,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
