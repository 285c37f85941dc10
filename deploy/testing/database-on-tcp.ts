import { connect, createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

/**
 * Passes connections on from a port of loopback to a database behind a Unix socket. The image's user may not open the socket of
 * the PostgreSQL server for tests; compose's own server is on the network, too.
 * @param url names the socket's folder as `host`
 */
export async function openOnTcp(url: string): Promise<{ url: string; close(): void }> {
  const address = new URL(url);
  const socketPath = path.join(address.searchParams.get('host') ?? '', '.s.PGSQL.5432');
  const server = createServer((from) => {
    const to = connect(socketPath);
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
    to.on('error', () => from.destroy()).on('close', () => from.destroy());
    from.pipe(to).pipe(from);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address.searchParams.delete('host');
  address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: address.href, close: () => void server.close() };
}
