import { setTimeout as sleep } from 'node:timers/promises';
import type { ParticipantInfo } from '@livekit/protocol';
import { MEDIA_KINDS, type MediaKind, type RtpData } from '../codecs/rtp-data.ts';
import type { RecordingEnd } from '../recorder.port.ts';
import { ShareWatch, type FoundShare, type ShareState, type ShareTracks } from './share-watch.ts';
import { SignalClient, SignalError } from './signal-client.ts';
import { Subscriber } from './subscriber.ts';

export interface ShareConnectionHandlers {
  onPacket: (kind: MediaKind, packet: RtpData) => void;
  /** Called for each RTP datagram of the share, also when it can't be read. */
  onArrival: (kind: MediaKind, nowMs: number) => void;
  /** Called with the number of packets that LiveKit says it had sent when its clock showed `ntpMs`. */
  onSent: (kind: MediaKind, packets: number, ntpMs: number, arrivalMs: number) => void;
  onSenderReport: (kind: MediaKind, timestamp: number, ntpMs: number, arrivalMs: number) => void;
  /** Media of this kind that follow are numbered and timed anew. */
  onNewSource: (kind: MediaKind) => void;
  /** Called with the share as LiveKit lists it, whenever that may have changed. */
  onShare: (share: FoundShare) => void;
  /** Called when LiveKit or the share is away for the moment, or back again. */
  onWaiting: (isWaiting: boolean, detail: string) => void;
  /** Called at most once, after `join` has found the share. */
  onEnded: (reason: RecordingEnd, detail?: string) => void;
}

export interface ShareConnectionOptions extends ShareTracks {
  livekitUrl: string;
  token: string;
  isLoopback: boolean;
  identity: string;
  /** The size that is asked for when a share comes in several. */
  size: { width: number; height: number };
  /** The recording is over after this long without reaching LiveKit. */
  reconnectMs: number;
}

/** A link is one connection to the room: signalling and media of one participant, which begin and end together. */
interface Link {
  signal: SignalClient;
  subscriber: Subscriber;
}

/** A track that has just been published may reach the room's list this long after its publisher knows its SID. */
const SHARE_WAIT_MS = 1500;
const WATCH_MS = 250;
/** LiveKit notices a lost publisher after some 20 s, and a browser comes back within as long. */
const SHARE_RETURN_MS = 20_000;
const MEDIA_CONNECT_MS = 15_000;
const RETRY_DELAYS_MS = [0, 200, 400, 800];
const MAX_RETRY_DELAY_MS = 1000;
/**
 * A subscription ends for this long when it is renewed. LiveKit settles subscriptions some time after they are asked for, and
 * what was ended and begun meanwhile stays as it was.
 */
const RENEWAL_MS = 300;
/** A connection that lasted this long was good, so the next loss is again handled at once. */
const STABLE_MS = 10_000;

/**
 * Stays connected to a share. Lost signalling is resumed while media go on. When LiveKit doesn't know the recorder any more
 * (it was restarted, or the media connection died), the recorder joins the room anew and follows the share wherever its
 * publisher has taken it.
 */
export class ShareConnection {
  private readonly options: ShareConnectionOptions;
  private readonly handlers: ShareConnectionHandlers;
  private readonly watch: ShareWatch;
  private readonly closing = new AbortController();
  private link: Link;
  private share: FoundShare | undefined;
  /** Set while `join` waits to see the share. */
  private joining:
    | { found: (share: FoundShare | undefined) => void; lost: (error: SignalError) => void }
    | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  private mediaDeadline: NodeJS.Timeout | undefined;
  private renewalTimer: NodeJS.Timeout | undefined;
  /** A track was unsubscribed and is still to be subscribed again. */
  private mustSubscribe = false;
  private isRecovering = false;
  private isWaiting = false;
  private mustRejoin = false;
  private attempts = 0;
  /** The last time at which there were media, or a stable connection for them. */
  private lastGoodMs = Date.now();
  private connectedMs = Date.now();

  constructor(options: ShareConnectionOptions, handlers: ShareConnectionHandlers) {
    this.options = options;
    this.handlers = handlers;
    const { reconnectMs } = options;
    this.watch = new ShareWatch({ ...options, returnMs: Math.min(SHARE_RETURN_MS, reconnectMs) });
    this.link = this.newLink(options.token);
  }

  /** Joins the room and waits for the share to be listed. Resolves with undefined when it isn't. @throws SignalError */
  async join(): Promise<FoundShare | undefined> {
    const { promise, resolve: found, reject: lost } = Promise.withResolvers<FoundShare | undefined>();
    promise.catch(() => undefined); // it may be rejected before anybody waits for it
    this.joining = { found, lost };
    let deadline: NodeJS.Timeout | undefined;
    try {
      const { otherParticipants } = await this.link.signal.join();
      deadline = setTimeout(() => found(undefined), SHARE_WAIT_MS);
      this.see(otherParticipants);
      return await promise;
    } finally {
      clearTimeout(deadline);
      this.joining = undefined;
    }
  }

  /** Asks for the tracks of the share that `join` has found, and follows it from now on. */
  follow(share: FoundShare): void {
    this.watchTimer = setInterval(() => this.handleState(this.watch.check(Date.now())), WATCH_MS);
    this.subscribe(share);
  }

  requestKeyframe(): void {
    this.link.subscriber.requestKeyframe();
  }

  requestRetransmission(kind: MediaKind, sequenceNumbers: number[]): void {
    this.link.subscriber.requestRetransmission(kind, sequenceNumbers);
  }

  /** Whether signalling is lost or the room is being joined anew. */
  get isAway(): boolean {
    return this.isRecovering;
  }

  /** Has LiveKit send a track anew, from a keyframe on. */
  renewSubscription(kind: MediaKind): void {
    const { link, share } = this;
    const sid = kind === 'video' ? share?.videoTrackSid : share?.audioTrackSid;
    if (share === undefined || sid === undefined || !link.signal.isOpen) return;
    link.signal.unsubscribe(share.participantSid, [sid]);
    this.mustSubscribe = true;
    clearTimeout(this.renewalTimer);
    this.renewalTimer = setTimeout(() => this.subscribeAgain(), RENEWAL_MS);
  }

  /** Joins the room anew, with another media connection. */
  renew(detail: string): void {
    this.handleLoss(new SignalError(detail, 'rejoin'));
  }

  /** Leaves the room. */
  async close(): Promise<void> {
    this.stop();
    const { signal, subscriber } = this.link;
    signal.close();
    await subscriber.close();
  }

  private stop(): void {
    this.closing.abort();
    clearInterval(this.watchTimer);
    clearTimeout(this.mediaDeadline);
    clearTimeout(this.renewalTimer);
  }

  private newLink(token: string): Link {
    const isCurrent = (): boolean => this.link === link && !this.closing.signal.aborted;
    const { livekitUrl, isLoopback } = this.options;
    const signal = new SignalClient(livekitUrl, token, {
      onOffer: (sdp, id) => subscriber.offer(sdp, id),
      onCandidate: (candidate) => subscriber.addCandidate(candidate),
      onParticipants: (participants) => {
        if (isCurrent()) this.see(participants);
      },
      onClosed: (error) => {
        if (isCurrent()) this.handleLoss(error);
      },
    });
    const subscriber = new Subscriber(
      {
        onNewSource: (kind) => {
          if (isCurrent()) this.handlers.onNewSource(kind);
        },
        onPacket: (kind, packet) => {
          if (!isCurrent()) return;
          this.lastGoodMs = packet.arrivalMs;
          this.handlers.onPacket(kind, packet);
        },
        onArrival: (kind, nowMs) => {
          if (isCurrent()) this.handlers.onArrival(kind, nowMs);
        },
        onSent: (kind, ...sent) => {
          if (isCurrent()) this.handlers.onSent(kind, ...sent);
        },
        onSenderReport: (kind, ...report) => {
          if (isCurrent()) this.handlers.onSenderReport(kind, ...report);
        },
        onAnswer: (sdp, id) => signal.answer(sdp, id),
        onCandidate: (candidate) => signal.sendCandidate(candidate),
        onFailed: (detail) => {
          if (isCurrent()) this.handleLoss(new SignalError(detail, 'rejoin'));
        },
      },
      isLoopback,
    );
    const link = { signal, subscriber };
    return link;
  }

  private see(participants: readonly ParticipantInfo[], isComplete = false): void {
    this.handleState(this.watch.see(participants, Date.now(), isComplete));
  }

  private handleState(state: ShareState): void {
    if (this.joining !== undefined) {
      if (state.kind === 'shared') this.joining.found(state.share);
    } else if (this.watchTimer === undefined || this.closing.signal.aborted) {
      return;
    } else if (state.kind === 'ended') {
      this.end(state.reason);
    } else {
      this.reportWaiting('its publisher was lost');
      if (state.kind === 'absent') return;
      if (state.share.refusal !== undefined) this.end('failed', state.share.refusal);
      else this.subscribe(state.share);
    }
  }

  private reportWaiting(detail: string): void {
    const isWaiting = this.isRecovering || this.watch.isMissing;
    if (isWaiting === this.isWaiting) return;
    this.isWaiting = isWaiting;
    this.handlers.onWaiting(isWaiting, detail);
  }

  private subscribe(share: FoundShare): void {
    const { share: before } = this;
    this.share = share;
    const isKnown =
      share.participantSid === before?.participantSid &&
      share.videoTrackSid === before.videoTrackSid &&
      share.audioTrackSid === before.audioTrackSid;
    if (!isKnown) {
      this.askFor(share);
      this.expectMedia();
    }
    this.handlers.onShare(share);
  }

  private askFor({ participantSid, videoTrackSid, audioTrackSid }: FoundShare): void {
    const sids = [videoTrackSid, audioTrackSid].filter((sid) => sid !== undefined);
    this.link.signal.subscribe(participantSid, sids, this.options.size);
  }

  /** Ends the pause of a renewed subscription. When signalling is lost in it, this is called again after that. */
  private subscribeAgain(): void {
    if (!this.mustSubscribe || this.share === undefined || !this.link.signal.isOpen) return;
    this.mustSubscribe = false;
    this.askFor(this.share);
  }

  /**
   * Sets a deadline for the media connection, because nothing reports one that never comes up: packets are lost, or LiveKit's
   * address can't be reached.
   */
  private expectMedia(): void {
    clearTimeout(this.mediaDeadline);
    const { subscriber } = this.link;
    this.mediaDeadline = setTimeout(() => {
      if (!subscriber.isConnected) this.handleLoss(new SignalError('no media connection', 'rejoin'));
    }, MEDIA_CONNECT_MS);
  }

  private handleLoss(error: SignalError): void {
    if (this.joining !== undefined) {
      this.joining.lost(error);
      return;
    }
    if (error.recovery === 'end') {
      this.end('connection-lost', error.message);
      return;
    }
    if (error.recovery === 'rejoin') this.mustRejoin = true;
    if (this.isRecovering) return;
    this.isRecovering = true;
    const nowMs = Date.now();
    if (nowMs - this.connectedMs > STABLE_MS) {
      this.attempts = 0;
      this.lastGoodMs = nowMs;
    }
    this.reportWaiting(error.message);
    void this.recover();
  }

  private async recover(): Promise<void> {
    const { reconnectMs } = this.options;
    for (;;) {
      const delayMs = RETRY_DELAYS_MS[this.attempts++] ?? MAX_RETRY_DELAY_MS;
      // Closing ends the wait, which is no failure.
      await sleep(delayMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
      if (this.closing.signal.aborted) return;
      const error = await this.tryToRecover();
      if (this.closing.signal.aborted) return;
      if (error === undefined) break;
      if (error.recovery === 'end') return this.end('connection-lost', error.message);
      if (error.recovery === 'rejoin' && !this.mustRejoin) this.attempts = 0;
      this.mustRejoin ||= error.recovery === 'rejoin';
      if (Date.now() - this.lastGoodMs > reconnectMs) return this.end('connection-lost', error.message);
    }
    this.isRecovering = false;
    this.subscribeAgain();
    this.connectedMs = Date.now();
    this.reportWaiting('');
  }

  private async tryToRecover(): Promise<SignalError | undefined> {
    try {
      if (this.mustRejoin) await this.rejoin();
      else await this.link.signal.resume();
      return this.link.signal.isOpen ? undefined : new SignalError('lost at once', 'rejoin');
    } catch (error) {
      return error instanceof SignalError ? error : new SignalError(String(error), 'rejoin');
    }
  }

  private async rejoin(): Promise<void> {
    const { link: old } = this;
    const link = this.newLink(old.signal.token);
    // LiveKit will tell the old connection that somebody took its place; its media may go on until then.
    old.signal.drop();
    let participants: ParticipantInfo[];
    try {
      ({ otherParticipants: participants } = await link.signal.join());
      this.closing.signal.throwIfAborted();
    } catch (error) {
      link.signal.close();
      await link.subscriber.close();
      throw error;
    }
    this.link = link;
    const ignore = (): void => undefined; // the old connection is replaced anyway
    old.subscriber.close().then(ignore, ignore);
    this.mustRejoin = false;
    this.share = undefined;
    for (const kind of MEDIA_KINDS) this.handlers.onNewSource(kind);
    this.see(participants, true);
  }

  private end(reason: RecordingEnd, detail?: string): void {
    if (this.closing.signal.aborted) return;
    this.stop();
    this.handlers.onEnded(reason, detail);
  }
}
