import { once } from 'node:events';
import {
  type AddTrackRequest,
  LeaveRequest,
  MuteTrackRequest,
  Ping,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  SignalTarget,
  TrickleRequest,
  type TrackPublishedResponse,
} from '@livekit/protocol';
import { WebSocket } from 'ws';
import { parseCandidate, type IceCandidate } from '../signal/ice-candidate.ts';

export interface PublisherSignalHandlers {
  onAnswer: (sdp: string) => void;
  onCandidate: (candidate: IceCandidate) => void;
  onClosed: () => void;
}

const JOIN_TIMEOUT_MS = 10_000;
const PING_MS = 5000;

/** LiveKit's signalling, as far as it is needed by a participant that publishes and subscribes to nothing. */
export class PublisherSignal {
  private readonly handlers: PublisherSignalHandlers;
  private socket: WebSocket | undefined;
  private ping: NodeJS.Timeout | undefined;
  /** The pending publications by `cid`, the name that a track has before it has a SID. */
  private readonly published = new Map<string, (response: TrackPublishedResponse) => void>();

  constructor(handlers: PublisherSignalHandlers) {
    this.handlers = handlers;
  }

  /** Joins the room. Rejects when LiveKit does not let it in. */
  async join(livekitUrl: string, token: string): Promise<void> {
    const url = new URL('/rtc', livekitUrl.replace(/^http/, 'ws'));
    url.search = new URLSearchParams({
      access_token: token,
      protocol: '15',
      auto_subscribe: '0',
      sdk: 'js',
      version: '2.0.0',
    }).toString();
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on('message', (data: Buffer) => this.receive(SignalResponse.fromBinary(data).message, resolve));
    socket.on('close', () => this.handlers.onClosed());
    const failed = Promise.race([
      once(socket, 'close', { signal: AbortSignal.timeout(JOIN_TIMEOUT_MS) }),
      once(socket, 'error'),
    ]).then(() => {
      throw new Error('LiveKit did not let the publisher in');
    });
    socket.on('error', () => undefined); // 'close' follows
    await Promise.race([promise, failed]);
    failed.catch(() => undefined);
    this.ping = setInterval(
      () => this.send({ case: 'pingReq', value: new Ping({ timestamp: BigInt(Date.now()) }) }),
      PING_MS,
    );
  }

  /** Announces a track. Resolves with the SID that LiveKit gives it. */
  addTrack(request: AddTrackRequest): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.published.set(request.cid, ({ track }) => resolve(track?.sid ?? ''));
    this.send({ case: 'addTrack', value: request });
    return promise;
  }

  offer(sdp: string): void {
    this.send({ case: 'offer', value: new SessionDescription({ type: 'offer', sdp }) });
  }

  sendCandidate(candidate: IceCandidate): void {
    const candidateInit = JSON.stringify(candidate);
    this.send({
      case: 'trickle',
      value: new TrickleRequest({ candidateInit, target: SignalTarget.PUBLISHER }),
    });
  }

  mute(sid: string, muted: boolean): void {
    this.send({ case: 'mute', value: new MuteTrackRequest({ sid, muted }) });
  }

  /** Leaves the room. */
  leave(): void {
    this.send({ case: 'leave', value: new LeaveRequest() });
    this.drop();
  }

  /** Closes the connection without leaving. */
  drop(): void {
    clearInterval(this.ping);
    this.socket?.close();
  }

  private receive(message: SignalResponse['message'], joined: () => void): void {
    if (message.case === 'join') joined();
    else if (message.case === 'answer') this.handlers.onAnswer(message.value.sdp);
    else if (message.case === 'trackPublished') this.published.get(message.value.cid)?.(message.value);
    else if (message.case === 'trickle') {
      const candidate = parseCandidate(message.value.candidateInit);
      if (candidate !== null) this.handlers.onCandidate(candidate);
    } else if (message.case === 'leave') this.socket?.close();
  }

  private send(message: SignalRequest['message']): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(new SignalRequest({ message }).toBinary());
    }
  }
}
