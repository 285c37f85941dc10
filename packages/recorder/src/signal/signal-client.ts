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
  type SpeakerInfo,
} from '@livekit/protocol';
import { WebSocket } from 'ws';
import { parseCandidate, type IceCandidate } from './ice-candidate.ts';

export interface SignalHandlers {
  onOffer: (sdp: string, id: number) => void;
  onCandidate: (candidate: IceCandidate) => void;
  onParticipants: (participants: ParticipantInfo[]) => void;
  /** Called with the participants who speak louder or more quietly than before. */
  onSpeakers?: (speakers: SpeakerInfo[]) => void;
  /** Called once after each successful `join` and `resume`, unless `close` ended the connection. */
  onClosed: (error: SignalError) => void;
}

/**
 * How to go on after signalling was lost: `resume` it while media go on, `rejoin` the room with a new connection, or `end`,
 * because whoever runs the server has said no.
 */
export type Recovery = 'resume' | 'rejoin' | 'end';

/** Thrown when signalling could not be opened, or is over. */
export class SignalError extends Error {
  readonly recovery: Recovery;

  constructor(message: string, recovery: Recovery) {
    super(message);
    this.name = 'SignalError';
    this.recovery = recovery;
  }
}

const LEAVE_ACTIONS: Record<LeaveRequest_Action, Recovery> = {
  [LeaveRequest_Action.RESUME]: 'resume',
  [LeaveRequest_Action.RECONNECT]: 'rejoin',
  [LeaveRequest_Action.DISCONNECT]: 'end',
};
const REFUSED_STATUSES = new Set([401, 403]);

const PROTOCOL_VERSION = '15';
const CONNECT_TIMEOUT_MS = 4000;

/** Whether a message opens the connection: the first one that says that it is accepted. */
type Opening = (message: SignalResponse['message']) => boolean;

/**
 * LiveKit's signalling (protobuf over WebSocket, livekit_rtc.proto), as far as it is needed by a participant that subscribes
 * to given tracks and publishes nothing.
 */
export class SignalClient {
  private readonly handlers: SignalHandlers;
  private readonly livekitUrl: string;
  private newestToken: string;
  private participantSid = '';
  private socket: WebSocket | undefined;
  private pingTimer: NodeJS.Timeout | undefined;
  private pongDeadline: NodeJS.Timeout | undefined;
  private ping = { intervalMs: 0, timeoutMs: 0 };
  /** Rejects the promise that waits for the connection to open; undefined once it is open. */
  private refuse: ((error: SignalError) => void) | undefined;

  constructor(livekitUrl: string, token: string, handlers: SignalHandlers) {
    this.livekitUrl = livekitUrl;
    this.newestToken = token;
    this.handlers = handlers;
  }

  /** The token that LiveKit sent last, which it renews before it expires. */
  get token(): string {
    return this.newestToken;
  }

  /** False once signalling was lost, even if nobody has been told yet. */
  get isOpen(): boolean {
    return this.socket !== undefined && this.refuse === undefined;
  }

  /** Joins the room. @throws SignalError when LiveKit can't be reached, refuses the token or stays silent for some seconds */
  async join(): Promise<JoinResponse> {
    let join: JoinResponse | undefined;
    await this.open({}, (message) => {
      if (message.case === 'join') join = message.value;
      return join !== undefined;
    });
    if (join === undefined) throw new SignalError('joined without an answer', 'rejoin');
    this.participantSid = join.participant?.sid ?? '';
    this.ping = { intervalMs: join.pingInterval * 1000, timeoutMs: join.pingTimeout * 1000 };
    this.keepAlive();
    return join;
  }

  /**
   * Opens signalling anew for the same participant, whose media connection has stayed.
   * @throws SignalError `rejoin` when LiveKit doesn't know the participant any more
   */
  async resume(): Promise<void> {
    await this.open({ reconnect: '1', sid: this.participantSid }, ({ case: kind }) => kind === 'reconnect');
    this.keepAlive();
  }

  private async open(parameters: Record<string, string>, isOpening: Opening): Promise<void> {
    this.release();
    const url = new URL('/rtc', this.livekitUrl.replace(/^http/, 'ws'));
    url.search = new URLSearchParams({
      access_token: this.newestToken,
      protocol: PROTOCOL_VERSION,
      auto_subscribe: '0',
      adaptive_stream: '0',
      sdk: 'js',
      version: '2.0.0',
      ...parameters,
    }).toString();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = new WebSocket(url, { handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false });
    this.socket = socket;
    this.refuse = reject;
    const timeout = setTimeout(() => this.fail(socket, 'no answer'), CONNECT_TIMEOUT_MS);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.receive(socket, data, isOpening, resolve);
    });
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      const recovery = REFUSED_STATUSES.has(statusCode) ? 'end' : 'resume';
      this.fail(socket, `LiveKit answered ${statusCode}`, recovery);
    });
    socket.on('error', (error) => this.fail(socket, error.message));
    socket.on('close', (code) => this.fail(socket, `signalling closed (${code})`));
    try {
      await promise;
    } finally {
      clearTimeout(timeout);
    }
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

  /** Asks for these tracks and for their best simulcast layer. Asking again changes nothing. */
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

  /** Asks for no more of these tracks. */
  unsubscribe(participantSid: string, trackSids: string[]): void {
    const participantTracks = [new ParticipantTracks({ participantSid, trackSids })];
    this.send({
      case: 'subscription',
      value: new UpdateSubscription({ trackSids, subscribe: false, participantTracks }),
    });
  }

  /** Closes signalling without leaving: LiveKit treats whoever joins next as the same participant. */
  drop(): void {
    this.release();
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

  private receive(socket: WebSocket, data: Buffer, isOpening: Opening, opened: () => void): void {
    if (this.socket !== socket) return;
    let message: SignalResponse['message'];
    try {
      ({ message } = SignalResponse.fromBinary(data));
    } catch {
      this.fail(socket, 'unreadable signalling message');
      return;
    }
    if (this.refuse !== undefined && isOpening(message)) {
      this.refuse = undefined;
      opened();
    }
    switch (message.case) {
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
      case 'speakersChanged':
        this.handlers.onSpeakers?.(message.value.speakers);
        break;
      case 'refreshToken':
        this.newestToken = message.value;
        break;
      case 'pongResp':
        this.pongDeadline?.refresh();
        break;
      case 'leave':
        this.leave(socket, message.value);
        break;
      default:
        break;
    }
  }

  private leave(socket: WebSocket, { action, reason }: LeaveRequest): void {
    // A server that is shut down may come back, or another one may take its place.
    const isRestart = reason === DisconnectReason.SERVER_SHUTDOWN;
    const recovery = isRestart ? 'rejoin' : LEAVE_ACTIONS[action];
    this.fail(socket, `LiveKit ended the connection (${DisconnectReason[reason]})`, recovery);
  }

  private keepAlive(): void {
    const { socket } = this;
    const { intervalMs, timeoutMs } = this.ping;
    if (socket === undefined || intervalMs === 0) return;
    this.pingTimer = setInterval(
      () => this.send({ case: 'pingReq', value: new Ping({ timestamp: BigInt(Date.now()) }) }),
      intervalMs,
    );
    this.pongDeadline = setTimeout(() => this.fail(socket, 'no answer to ping'), timeoutMs);
  }

  private send(message: SignalRequest['message']): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(new SignalRequest({ message }).toBinary());
    }
  }

  /** Handles the first sign that the connection is over; later ones of the same socket are ignored. */
  private fail(socket: WebSocket, detail: string, recovery: Recovery = 'resume'): void {
    if (this.socket !== socket) return;
    const { refuse } = this;
    this.refuse = undefined;
    this.release();
    const error = new SignalError(detail, recovery);
    if (refuse === undefined) this.handlers.onClosed(error);
    else refuse(error);
  }

  private release(): void {
    const { socket } = this;
    clearInterval(this.pingTimer);
    clearTimeout(this.pongDeadline);
    this.socket = undefined;
    if (socket === undefined) return;
    this.refuse?.(new SignalError('signalling was closed', 'end'));
    this.refuse = undefined;
    socket.close();
    // A peer that is gone never answers the closing handshake.
    setTimeout(() => socket.terminate(), 500).unref();
  }
}
