import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { UdpRelay } from '@hindsight/recorder/testing/udp-relay';

/** Starts a relay between browsers and an app, which a test can hold up. Media, which is UDP, passes it for pages that are told to. */
export async function startNetwork(appUrl: string) {
  const { hostname, port } = new URL(appUrl);
  const sockets = new Set<Socket>();
  /** The other ends of these hear nothing more. */
  const silent = new Set<Socket>();
  const media = new Map<number, Promise<UdpRelay>>();
  let isHeld = false;
  let isCut = false;
  let isSilencing = false;

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (bytes) => {
        if (isSilencing && socket === upstream && isOfStream(bytes)) silent.add(client);
        if (!silent.has(other)) other.write(bytes);
      });
      socket.on('end', () => void other.end());
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
      if (isHeld) socket.pause();
      else socket.resume();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,

    /**
     * Holds up everything that is sent. As with TCP, it is not lost: it arrives after `release`, also when its sender has given up
     * meanwhile.
     */
    hold(): void {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },

    /** Leads the media of a page through the relay, too. Call it before the page is opened. */
    async carryMedia(page: Page): Promise<void> {
      await page.exposeFunction('relayedMediaPort', async (serverPort: number) => {
        const relay = media.get(serverPort) ?? UdpRelay.start(serverPort);
        media.set(serverPort, relay);
        return (await relay).port;
      });
      await page.addInitScript({ path: path.join(import.meta.dirname, 'relayed-media.js') });
    },

    /** Cuts the network off, as when a laptop loses it: connections break, new ones are refused, and media are lost. */
    async cut(): Promise<void> {
      isCut = true;
      for (const relay of media.values()) (await relay).isCut = true;
      for (const socket of sockets) socket.destroy();
    },

    /** Swallows what event streams say, as some proxies do; everything else gets through. */
    silenceStreams(): void {
      isSilencing = true;
    },

    /** Ends every fault. */
    async release(): Promise<void> {
      isHeld = isSilencing = isCut = false;
      for (const relay of media.values()) (await relay).isCut = false;
      // What a stream has missed can't be given to it any more.
      for (const socket of silent) socket.destroy();
      for (const socket of sockets) socket.resume();
    },

    async stop(): Promise<void> {
      for (const relay of media.values()) (await relay).close();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Tells whether a server's bytes belong to an event stream: its head, or an event that comes alone. */
function isOfStream(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  return text.includes('text/event-stream') || /(^|\n)(event|data|id): /.test(text);
}
