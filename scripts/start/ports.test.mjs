import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findLivekitPorts, tryTcpPort } from './ports.mjs';

describe('free ports', () => {
  it('are skipped when one of the three is taken', async () => {
    const first = await findLivekitPorts(27_880);
    const server = createServer().listen(first.tcpPort);
    await once(server, 'listening');
    try {
      expect(await tryTcpPort(first.tcpPort)).toBeNull();
      expect((await findLivekitPorts(first.port)).port).toBeGreaterThan(first.port);
    } finally {
      server.close();
    }
  });
});
