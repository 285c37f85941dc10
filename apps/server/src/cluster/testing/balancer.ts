import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** This is a load balancer for tests. */
export interface Balancer {
  origin: string;
  close(): void;
}

/** Forwards each connection on loopback to the first of some servers that accepts it. */
export async function startBalancer(origins: readonly string[]): Promise<Balancer> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const serve = async () => {
      const upstream = await firstThatTakes(origins.map((origin) => Number(new URL(origin).port)));
      if (upstream === null) return client.destroy();
      for (const socket of [client, upstream]) {
        open.add(socket);
        socket.on('close', () => {
          open.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream).pipe(client);
      return undefined;
    };
    // The close event follows and is handled.
    client.on('error', () => undefined);
    serve().catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

async function firstThatTakes(ports: readonly number[]): Promise<Socket | null> {
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    if (
      await once(socket, 'connect').then(
        () => true,
        () => false,
      )
    )
      return socket;
  }
  return null;
}
