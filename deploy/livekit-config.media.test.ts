import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { freeTcpPort, freeUdpPort } from '@hindsight/rig/servers/free-ports';
import { RoomServiceClient } from 'livekit-server-sdk';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { findLivekitServer } from '../scripts/programs/livekit-server.mjs';

const SECRET = 'a secret of more than thirty-two characters';

interface LivekitFile {
  port: number;
  rtc: Record<string, unknown>;
  redis?: unknown;
}

it('starts LiveKit, which accepts the configured key', async () => {
  const text = await readFile(path.join(import.meta.dirname, 'livekit.yaml'), 'utf8');
  // LiveKit refuses fields that it does not know.
  const { redis: _, ...config } = parse(text) as LivekitFile;
  const port = await freeTcpPort();
  const rtc = { ...config.rtc, tcp_port: await freeTcpPort(), udp_port: await freeUdpPort() };
  // YAML is a superset of JSON. The Redis belongs to another service; without it LiveKit is the only node.
  const body = JSON.stringify({ ...config, port, rtc });
  const child = spawn(await findLivekitServer(), ['--config-body', body], {
    env: { ...process.env, LIVEKIT_KEYS: `hindsight: ${SECRET}`, NODE_IP: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  try {
    const client = new RoomServiceClient(`http://127.0.0.1:${port}`, 'hindsight', SECRET);
    const answer = () =>
      child.exitCode === null ? client.listRooms().catch(() => null) : Promise.resolve(`ended: ${printed}`);
    await expect.poll(answer, { timeout: 30_000 }).toEqual([]);
    const stranger = new RoomServiceClient(`http://127.0.0.1:${port}`, 'hindsight', `${SECRET}x`);
    await expect(stranger.listRooms()).rejects.toThrow(/401|unauthorized|invalid/i);
  } finally {
    const ended = once(child, 'exit');
    // LiveKit ignores SIGTERM right after its start.
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  }
});
