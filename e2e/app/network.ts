import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Starts a relay between browsers and an app, which a test can hold up. Media, which is UDP, does not pass it. */
export async function startNetwork(appUrl: string) {
  const { hostname, port } = new URL(appUrl);
  const sockets = new Set<Socket>();
  /** The other ends of these hear nothing more. */
  const silent = new Set<Socket>();
  let isHeld = false;
  let isSilencing = false;

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
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

    /** Swallows what event streams say, as some proxies do; everything else gets through. */
    silenceStreams(): void {
      isSilencing = true;
    },

    /** Ends every fault. */
    release(): void {
      isHeld = isSilencing = false;
      // What a stream has missed can't be given to it any more.
      for (const socket of silent) socket.destroy();
      for (const socket of sockets) socket.resume();
    },

    async stop(): Promise<void> {
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
