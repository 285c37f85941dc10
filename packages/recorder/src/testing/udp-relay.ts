import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { seededRandom } from './seeded-random.ts';

/** What a network does to each packet, in both directions. Fractions are from 0 to 1. */
export interface NetworkConditions {
  lossFraction: number;
  /** One way, so half of a round trip. */
  delayMs: number;
  /** At most this much more, by chance: packets overtake each other. */
  jitterMs: number;
  duplicateFraction: number;
}

export const GOOD_NETWORK: NetworkConditions = {
  lossFraction: 0,
  delayMs: 0,
  jitterMs: 0,
  duplicateFraction: 0,
};

/** Passes UDP packets on between clients and a server on loopback, as a network does that is not a good one. */
export class UdpRelay {
  conditions = GOOD_NETWORK;
  /** Nothing comes through. */
  isCut = false;
  /** Packets that were not passed on. */
  dropped = 0;
  private readonly front: Socket;
  private readonly serverPort: number;
  /** By the client's port: the socket that stands for it at the server. */
  private readonly backs = new Map<number, Socket>();
  private readonly random = seededRandom(7);
  private leftOfBurst = 0;

  private constructor(front: Socket, serverPort: number) {
    this.front = front;
    this.serverPort = serverPort;
    front.on('message', (packet, { port }) => {
      const back = this.backOf(port);
      this.pass(() => back.send(packet, this.serverPort, '127.0.0.1'));
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
    for (const back of this.backs.values()) back.close();
  }

  private backOf(clientPort: number): Socket {
    const known = this.backs.get(clientPort);
    if (known !== undefined) return known;
    const back = createSocket('udp4').bind(0, '127.0.0.1');
    back.on('message', (packet) => this.pass(() => this.front.send(packet, clientPort, '127.0.0.1')));
    this.backs.set(clientPort, back);
    return back;
  }

  private pass(send: () => void): void {
    const { lossFraction, delayMs, jitterMs, duplicateFraction } = this.conditions;
    const isLost = this.random() < lossFraction || this.leftOfBurst > 0;
    if (this.leftOfBurst > 0) this.leftOfBurst--;
    if (this.isCut || isLost) {
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
