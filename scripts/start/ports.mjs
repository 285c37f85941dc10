import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Finds out whether a TCP port can be listened on.
 * @param {number} port where 0 asks for any free port
 * @param {string} [host]
 * @returns {Promise<number | null>} the port, or null when it is taken
 * @throws {Error} when it cannot be listened on for another reason: a port below 1024, or an address of another machine
 */
export function tryTcpPort(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}

/**
 * @param {number} port
 * @returns {Promise<number | null>}
 */
function tryUdpPort(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(null));
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(port)));
  });
}

/**
 * Finds three free ports in a row for LiveKit (signalling, media over TCP, media over UDP), its usual 7880 to 7882 if they are
 * free.
 * @param {number} [first]
 */
export async function findLivekitPorts(first = 7880) {
  for (let port = first; port < first + 300; port += 3) {
    const found = await Promise.all([tryTcpPort(port), tryTcpPort(port + 1), tryUdpPort(port + 2)]);
    if (!found.includes(null)) return { port, tcpPort: port + 1, udpPort: port + 2 };
  }
  throw new Error(`No three free ports in a row between ${first} and ${first + 300}.`);
}

/** Other programs that take ports at the same moment are met this often. */
const PORT_TRIES = 5;

/**
 * Starts LiveKit on free ports, or on the next ones when another program has taken one of them meanwhile: a second Hindsight that
 * starts at the same moment, for example.
 * @template Started
 * @param {(ports: Awaited<ReturnType<typeof findLivekitPorts>>) => Promise<Started>} start
 * @param {number} [first]
 * @returns {Promise<Started>}
 * @throws {Error} what `start` throws for any other reason
 */
export async function onLivekitPorts(start, first) {
  for (let tries = 1; ; tries++) {
    try {
      return await start(await findLivekitPorts(first));
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('address already in use');
      if (!isTaken || tries === PORT_TRIES) throw error;
    }
  }
}
