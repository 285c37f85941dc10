import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findLivekitPorts, onLivekitPorts, tryTcpPort } from './ports.mjs';

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

  it('are left to a program that takes one of them meanwhile', async () => {
    /** @type {import('node:net').Server[]} */
    const servers = [];
    const listen = async (/** @type {number} */ port) => {
      const server = createServer().listen(port);
      servers.push(server);
      await once(server, 'listening');
    };
    try {
      /** @type {number[]} */
      const tried = [];
      await onLivekitPorts(async ({ port, tcpPort }) => {
        tried.push(port);
        if (tried.length === 1) await listen(tcpPort);
        await listen(tcpPort);
      }, 28_880);
      expect(tried).toHaveLength(2);
      expect(tried[1]).toBeGreaterThan(tried[0] ?? Number.NaN);
    } finally {
      for (const server of servers) server.close();
    }
  });

  it('are not tried again when LiveKit ends for another reason', async () => {
    let tries = 0;
    const start = async () => {
      tries += 1;
      throw new Error('LiveKit ended with code 1');
    };
    await expect(onLivekitPorts(start, 29_880)).rejects.toThrow('ended with code 1');
    expect(tries).toBe(1);
  });
});
