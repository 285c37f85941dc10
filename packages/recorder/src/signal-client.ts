import {
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantTracks,
  Ping,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  SignalTarget,
  TrickleRequest,
  UpdateSubscription,
  UpdateTrackSettings,
  VideoQuality,
  type JoinResponse,
  type ParticipantInfo,
} from '@livekit/protocol';
import { WebSocket } from 'ws';

export interface IceCandidate {
  candidate: string;
  sdpMid?: string;
  sdpMLineIndex?: number;
}

export interface SignalHandlers {
  onOffer: (sdp: string, id: number) => void;
  onCandidate: (candidate: IceCandidate) => void;
  onParticipants: (participants: ParticipantInfo[]) => void;
  onUnpublished: (trackSid: string) => void;
  /** Sent exactly once after a successful `connect`, unless it was `close` that ended it. */
  onClosed: (detail: string) => void;
}

const PROTOCOL_VERSION = '15';
const CONNECT_TIMEOUT_MS = 4000;

/**
 * LiveKit's signalling (protobuf over WebSocket, livekit_rtc.proto) as far as a participant needs it that
 * subscribes to given tracks and publishes nothing.
 */
export class SignalClient {
  private readonly handlers: SignalHandlers;
  private socket: WebSocket | undefined;
  private pingTimer: NodeJS.Timeout | undefined;
  private pongDeadline: NodeJS.Timeout | undefined;
  private resolveJoin: ((join: JoinResponse) => void) | undefined;
  private hasJoined = false;

  constructor(handlers: SignalHandlers) {
    this.handlers = handlers;
  }

  /** Joins the room. Rejects when LiveKit can't be reached, refuses the token or stays silent for some seconds. */
  connect(livekitUrl: string, token: string): Promise<JoinResponse> {
    const url = new URL('/rtc', livekitUrl.replace(/^http/, 'ws'));
    url.search = new URLSearchParams({
      access_token: token,
      protocol: PROTOCOL_VERSION,
      auto_subscribe: '0',
      adaptive_stream: '0',
      sdk: 'js',
      version: '2.0.0',
    }).toString();
    const { promise, resolve, reject } = Promise.withResolvers<JoinResponse>();
    const socket = new WebSocket(url, { handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false });
    this.socket = socket;
    const timeout = setTimeout(() => this.fail(socket, 'no answer to join'), CONNECT_TIMEOUT_MS);
    this.resolveJoin = (join) => {
      clearTimeout(timeout);
      this.hasJoined = true;
      resolve(join);
    };
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.receive(socket, data);
    });
    socket.on('error', (error) => this.fail(socket, error.message));
    socket.on('close', (code) => {
      clearTimeout(timeout);
      reject(new Error(`signalling closed (${code})`));
      this.fail(socket, `signalling closed (${code})`);
    });
    return promise;
  }

  answer(sdp: string, id: number): void {
    this.send({ case: 'answer', value: new SessionDescription({ type: 'answer', sdp, id }) });
  }

  sendCandidate(candidate: IceCandidate): void {
    const candidateInit = JSON.stringify(candidate);
    this.send({
      case: 'trickle',
      value: new TrickleRequest({ candidateInit, target: SignalTarget.SUBSCRIBER }),
    });
  }

  /** Asks for these tracks and for their best simulcast layer. */
  subscribe(participantSid: string, trackSids: string[], size: { width: number; height: number }): void {
    const participantTracks = [new ParticipantTracks({ participantSid, trackSids })];
    this.send({
      case: 'subscription',
      value: new UpdateSubscription({ trackSids, subscribe: true, participantTracks }),
    });
    this.send({
      case: 'trackSetting',
      value: new UpdateTrackSettings({ trackSids, ...size, quality: VideoQuality.HIGH }),
    });
  }

  /** Leaves the room. */
  close(): void {
    this.send({
      case: 'leave',
      value: new LeaveRequest({
        reason: DisconnectReason.CLIENT_INITIATED,
        action: LeaveRequest_Action.DISCONNECT,
      }),
    });
    this.release();
  }

  private receive(socket: WebSocket, data: Buffer): void {
    let message: SignalResponse['message'];
    try {
      ({ message } = SignalResponse.fromBinary(data));
    } catch {
      this.fail(socket, 'unreadable signalling message');
      return;
    }
    switch (message.case) {
      case 'join':
        this.keepAlive(socket, message.value);
        this.resolveJoin?.(message.value);
        break;
      case 'offer':
        this.handlers.onOffer(message.value.sdp, message.value.id);
        break;
      case 'trickle': {
        const candidate = parseCandidate(message.value.candidateInit);
        if (candidate !== null && message.value.target === SignalTarget.SUBSCRIBER) {
          this.handlers.onCandidate(candidate);
        }
        break;
      }
      case 'update':
        this.handlers.onParticipants(message.value.participants);
        break;
      case 'trackUnpublished':
        this.handlers.onUnpublished(message.value.trackSid);
        break;
      case 'pongResp':
        this.pongDeadline?.refresh();
        break;
      case 'leave':
        this.fail(socket, `LiveKit ended the connection (${DisconnectReason[message.value.reason]})`);
        break;
      default:
        break;
    }
  }

  private keepAlive(socket: WebSocket, join: JoinResponse): void {
    if (join.pingInterval === 0) return;
    this.pingTimer = setInterval(
      () => this.send({ case: 'pingReq', value: new Ping({ timestamp: BigInt(Date.now()) }) }),
      join.pingInterval * 1000,
    );
    this.pongDeadline = setTimeout(() => this.fail(socket, 'no answer to ping'), join.pingTimeout * 1000);
  }

  private send(message: SignalRequest['message']): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(new SignalRequest({ message }).toBinary());
    }
  }

  /** The first sign that the connection is over; later ones of the same socket mean nothing. */
  private fail(socket: WebSocket, detail: string): void {
    if (this.socket !== socket) return;
    this.release();
    if (this.hasJoined) this.handlers.onClosed(detail);
  }

  private release(): void {
    const { socket } = this;
    clearInterval(this.pingTimer);
    clearTimeout(this.pongDeadline);
    this.socket = undefined;
    if (socket === undefined) return;
    socket.close();
    // A peer that is gone never answers the closing handshake.
    setTimeout(() => socket.terminate(), 500).unref();
  }
}

/** Reads LiveKit's `candidateInit`, the JSON of an RTCIceCandidateInit; null when it is none. */
export function parseCandidate(text: string): IceCandidate | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('candidate' in value) || typeof value.candidate !== 'string') return null;
  const result: IceCandidate = { candidate: value.candidate };
  if ('sdpMid' in value && typeof value.sdpMid === 'string') result.sdpMid = value.sdpMid;
  if ('sdpMLineIndex' in value && typeof value.sdpMLineIndex === 'number') {
    result.sdpMLineIndex = value.sdpMLineIndex;
  }
  return result;
}
