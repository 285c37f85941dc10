import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SignalRequest, SignalResponse } from '@livekit/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { UdpRelay } from './udp-relay.ts';

/**
 * A relay between a client and a real livekit-server. All signalling and media go through it, so that a test can do what
 * networks do. It replaces the server's address in what the server announces, and hides the client's own addresses.
 */
export class LivekitRelay {
  readonly media: UdpRelay;
  private readonly server: Server;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly serverUrl: string;
  private readonly mediaPort: number;
  private isSignalCut = false;
  /** Messages that were sent while signalling was cut; TCP would send them again. */
  private waiting: (() => void)[] = [];

  private constructor(server: Server, media: UdpRelay, livekit: { url: string; mediaPort: number }) {
    this.server = server;
    this.media = media;
    this.serverUrl = livekit.url.replace(/^http/, 'ws');
    this.mediaPort = livekit.mediaPort;
    server.on('upgrade', (request, socket: Duplex, head) =>
      this.pass(() => this.connect(request, socket, head)),
    );
  }

  static async start(livekit: { url: string; mediaPort: number }): Promise<LivekitRelay> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LivekitRelay(server, await UdpRelay.start(livekit.mediaPort), livekit);
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Cuts signalling and media: nothing comes through, and nobody is told. */
  cut(isCut: boolean): void {
    this.media.isCut = isCut;
    this.cutSignal(isCut);
  }

  cutSignal(isCut: boolean): void {
    this.isSignalCut = isCut;
    if (!isCut) for (const step of this.waiting.splice(0)) step();
  }

  /** Breaks signalling off, as when a proxy is restarted; media go on. */
  breakSignal(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  close(): void {
    this.breakSignal();
    this.media.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  private pass(step: () => void): void {
    if (this.isSignalCut) this.waiting.push(step);
    else step();
  }

  private connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined); // 'close' follows
    const upstream = new WebSocket(this.serverUrl + (request.url ?? ''), { perMessageDeflate: false });
    const refuse = (): void => void socket.destroy();
    upstream.once('error', refuse);
    const early: Buffer[] = [];
    upstream.on('message', (data: Buffer) => early.push(data));
    upstream.once('open', () => {
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        upstream.removeAllListeners('message');
        const toClient = (data: Buffer): void => {
          const message = this.fromServer(data);
          if (message !== undefined) this.pass(() => client.send(message));
        };
        early.forEach(toClient);
        upstream.on('message', toClient);
        client.on('message', (data: Buffer) => {
          const message = fromClient(data);
          if (message !== undefined) this.pass(() => upstream.send(message));
        });
        for (const side of [client, upstream]) side.on('error', () => undefined);
        client.on('close', () => this.pass(() => upstream.terminate()));
        upstream.on('close', () => this.pass(() => client.terminate()));
      });
    });
  }

  private fromServer(data: Buffer): Uint8Array | undefined {
    const response = SignalResponse.fromBinary(data);
    const { message } = response;
    if (message.case === 'offer' || message.case === 'answer') {
      message.value.sdp = message.value.sdp.replaceAll(
        /^a=candidate:.*\r\n/gm,
        (line) => this.rewrite(line) ?? '',
      );
    } else if (message.case === 'trickle') {
      const candidate = this.rewrite(message.value.candidateInit);
      if (candidate === undefined) return undefined;
      message.value.candidateInit = candidate;
    }
    return response.toBinary();
  }

  /** Replaces the server's address in a candidate by ours. Returns undefined when it isn't the server's UDP port. */
  private rewrite(candidate: string): string | undefined {
    if (!/ udp /i.test(candidate)) return undefined;
    return candidate.replace(
      new RegExp(` \\d+\\.\\d+\\.\\d+\\.\\d+ ${this.mediaPort} `),
      ` 127.0.0.1 ${this.media.port} `,
    );
  }
}

/** Removes the client's addresses from a message: the server answers where packets came from. */
function fromClient(data: Buffer): Uint8Array | undefined {
  const request = SignalRequest.fromBinary(data);
  const { message } = request;
  if (message.case === 'trickle') return undefined;
  if (message.case === 'offer' || message.case === 'answer') {
    message.value.sdp = message.value.sdp.replaceAll(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
  }
  return request.toBinary();
}
