import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { seededRandom } from './seeded-random.ts';

/** The effects of a network on each packet, in both directions. Fractions are from 0 to 1. */
export interface NetworkConditions {
  lossFraction: number;
  /** The delay of one way, which is half of a round trip. */
  delayMs: number;
  /** Packets are delayed by at most this much more, at random, so that they overtake each other. */
  jitterMs: number;
  duplicateFraction: number;
}

export const GOOD_NETWORK: NetworkConditions = {
  lossFraction: 0,
  delayMs: 0,
  jitterMs: 0,
  duplicateFraction: 0,
};

/** The socket that represents a client towards the server. */
interface Back {
  socket: Socket;
  /** The address from which the server answers; undefined until it has. */
  serverHost: string | undefined;
}

/**
 * LiveKit announces 127.0.0.1, but from one start to the next it accepts a connection either there or only at another address
 * of the machine.
 */
const SERVER_HOSTS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .flatMap(({ family, address }) => (family === 'IPv4' ? [address] : []));

/** Passes UDP packets on between clients and a server on loopback, as a bad network does. */
export class UdpRelay {
  conditions = GOOD_NETWORK;
  /** Whether a packet to a client or to the server is lost, beside what the conditions say. It may also be changed here. */
  isLostToClient: (packet: Buffer, clientPort: number) => boolean = () => false;
  isLostToServer: (packet: Buffer) => boolean = () => false;
  /** Whether nothing comes through. */
  isCut = false;
  /** The number of packets that were not passed on. */
  dropped = 0;
  private readonly front: Socket;
  private readonly serverPort: number;
  /** The sockets by the client's port. */
  private readonly backs = new Map<number, Back>();
  private readonly random = seededRandom(7);
  private leftOfBurst = 0;

  private constructor(front: Socket, serverPort: number) {
    this.front = front;
    this.serverPort = serverPort;
    front.on('message', (packet, { port }) => {
      const { socket, serverHost } = this.backOf(port);
      const hosts = serverHost === undefined ? SERVER_HOSTS : [serverHost];
      const isLost = this.isLostToServer(packet);
      this.pass(() => hosts.forEach((host) => socket.send(packet, this.serverPort, host)), isLost);
    });
  }

  static async start(serverPort: number): Promise<UdpRelay> {
    const front = createSocket('udp4').bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new UdpRelay(front, serverPort);
  }

  get port(): number {
    return this.front.address().port;
  }

  /** Loses the next packets, whichever way they go. */
  loseNext(packets: number): void {
    this.leftOfBurst = packets;
  }

  close(): void {
    this.isCut = true;
    this.front.close();
    for (const { socket } of this.backs.values()) socket.close();
  }

  private backOf(clientPort: number): Back {
    const known = this.backs.get(clientPort);
    if (known !== undefined) return known;
    const socket = createSocket('udp4').bind(0);
    const back: Back = { socket, serverHost: undefined };
    socket.on('message', (packet, { address }) => {
      back.serverHost = address;
      const isLost = this.isLostToClient(packet, clientPort);
      this.pass(() => this.front.send(packet, clientPort, '127.0.0.1'), isLost);
    });
    this.backs.set(clientPort, back);
    return back;
  }

  private pass(send: () => void, mustLose: boolean): void {
    const { lossFraction, delayMs, jitterMs, duplicateFraction } = this.conditions;
    const isLost = this.random() < lossFraction || this.leftOfBurst > 0;
    if (this.leftOfBurst > 0) this.leftOfBurst--;
    if (this.isCut || isLost || mustLose) {
      this.dropped++;
      return;
    }
    const copies = this.random() < duplicateFraction ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const waitMs = delayMs + this.random() * jitterMs;
      if (waitMs < 1) send();
      else setTimeout(() => this.isCut || send(), waitMs);
    }
  }
}

/** LiveKit gives Opus this payload type. */
const OPUS_TYPE = 111;
/** This type of RTCP asks for keyframes (RFC 4585, 6.3). */
const PAYLOAD_FEEDBACK = 206;

/** What a datagram is by its header, which isn't encrypted (RFC 5761, 4 tells RTP from RTCP). */
export function kindOfPacket(packet: Buffer): 'video' | 'audio' | 'keyframe request' | 'other' {
  if (packet.length < 8 || packet.readUInt8(0) >> 6 !== 2) return 'other';
  const type = packet.readUInt8(1);
  if (type === PAYLOAD_FEEDBACK) return 'keyframe request';
  if (type >= 192 && type <= 223) return 'other';
  return type % 128 === OPUS_TYPE ? 'audio' : 'video';
}
