import { setTimeout as sleep } from 'node:timers/promises';
import type { ParticipantInfo, SpeakerInfo } from '@livekit/protocol';
import { messageOf } from '@hindsight/shared/error-code';
import { SignalClient, SignalError } from '../signal/signal-client.ts';
import { VoiceSubscriber, type VoiceSubscriberHandlers } from './voice-subscriber.ts';

export interface VoiceConnectionHandlers extends Pick<
  VoiceSubscriberHandlers,
  'onPacket' | 'onSenderReport'
> {
  /** Called with the participants that have changed or, after each join, with all there are; nothing is subscribed to then. */
  onParticipants: (participants: readonly ParticipantInfo[], isComplete: boolean) => void;
  onSpeakers: (speakers: readonly SpeakerInfo[]) => void;
  /** Called when nothing is received any more, until participants are told again. */
  onLost: (detail: string) => void;
}

export interface VoiceConnectionOptions {
  livekitUrl: string;
  isLoopback: boolean;
  /** Returns a token to join with. */
  token: () => string;
}

/** One connection to the room: signalling and media of one participant, which begin and end together. */
interface Link {
  signal: SignalClient;
  subscriber: VoiceSubscriber;
  /** Resolves with the next loss of signalling or of media. */
  loss: PromiseWithResolvers<SignalError>;
  isMediaLost: boolean;
  loseMedia: (detail: string) => void;
  /** Participants that were told before everybody who is in the room. */
  early: ParticipantInfo[][] | undefined;
}

const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 5000];
/** A connection that lasted this long was good, so the next loss is again handled at once. */
const STABLE_MS = 10_000;
const MEDIA_CONNECT_MS = 15_000;
/** Sound comes in one size. */
const NO_SIZE = { width: 0, height: 0 };

/**
 * Stays in the room for the sake of voices, beside the connection of the share, which it therefore can't harm. Lost signalling is
 * resumed while media go on; after anything else the room is joined anew, for as long as it takes.
 */
export class VoiceConnection {
  private readonly options: VoiceConnectionOptions;
  private readonly handlers: VoiceConnectionHandlers;
  private readonly closing = new AbortController();
  private link: Link | undefined;
  /** What LiveKit was asked for, by the SIDs of tracks. It may not have heard of it while signalling was lost. */
  private readonly asked = new Map<string, { participantSid: string; isWanted: boolean }>();
  private mediaDeadline: NodeJS.Timeout | undefined;
  private readonly done: Promise<void>;

  constructor(options: VoiceConnectionOptions, handlers: VoiceConnectionHandlers) {
    this.options = options;
    this.handlers = handlers;
    this.done = this.run();
  }

  subscribe(participantSid: string, trackSids: string[]): void {
    const { link } = this;
    if (link === undefined) return;
    for (const trackSid of trackSids) this.asked.set(trackSid, { participantSid, isWanted: true });
    link.signal.subscribe(participantSid, trackSids, NO_SIZE);
    if (link.subscriber.isConnected || this.mediaDeadline !== undefined) return;
    // Nothing reports a media connection that never comes up.
    this.mediaDeadline = setTimeout(() => {
      if (!link.subscriber.isConnected) link.loseMedia('no media connection');
    }, MEDIA_CONNECT_MS);
  }

  unsubscribe(participantSid: string, trackSids: string[]): void {
    const { link } = this;
    if (link === undefined) return;
    for (const trackSid of trackSids) {
      if (link.signal.isOpen) this.asked.delete(trackSid);
      else this.asked.set(trackSid, { participantSid, isWanted: false });
    }
    link.signal.unsubscribe(participantSid, trackSids);
  }

  requestRetransmission(trackSid: string, sequenceNumbers: number[]): void {
    this.link?.subscriber.requestRetransmission(trackSid, sequenceNumbers);
  }

  /** Leaves the room. Nothing is received any more from now on. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      const delayMs = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)];
      // Closing ends the wait, which is no failure.
      await sleep(delayMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
      if (this.closing.signal.aborted) return;
      const joinedMs = Date.now();
      const detail = await this.stay().catch(String);
      if (this.closing.signal.aborted) return;
      this.handlers.onLost(detail);
      if (Date.now() - joinedMs > STABLE_MS) attempt = -1;
    }
  }

  /** Joins the room and stays in it until the connection is lost for good. Returns why. */
  private async stay(): Promise<string> {
    const link = this.newLink();
    const leave = (): void => {
      link.signal.close();
      link.loss.resolve(new SignalError('closed', 'end'));
    };
    const { signal } = this.closing;
    signal.addEventListener('abort', leave, { once: true });
    try {
      const { otherParticipants } = await link.signal.join();
      signal.throwIfAborted();
      this.link = link;
      this.handlers.onParticipants(otherParticipants, true);
      for (const participants of link.early ?? []) this.handlers.onParticipants(participants, false);
      link.early = undefined;
      return await this.untilLost(link);
    } catch (error) {
      return messageOf(error);
    } finally {
      signal.removeEventListener('abort', leave);
      this.link = undefined;
      this.asked.clear();
      clearTimeout(this.mediaDeadline);
      this.mediaDeadline = undefined;
      link.signal.close();
      const ignore = (): void => undefined; // whatever is wrong with it, it is over
      await link.subscriber.close().then(ignore, ignore);
    }
  }

  /** Resumes signalling as long as that is possible. Returns why it isn't any more. @throws SignalError when it fails */
  private async untilLost(link: Link): Promise<string> {
    for (;;) {
      const error = await link.loss.promise;
      if (error.recovery !== 'resume' || link.isMediaLost) return error.message;
      link.loss = Promise.withResolvers();
      await link.signal.resume();
      this.askAgain(link);
    }
  }

  private askAgain({ signal }: Link): void {
    for (const [trackSid, { participantSid, isWanted }] of this.asked) {
      if (isWanted) signal.subscribe(participantSid, [trackSid], NO_SIZE);
      else {
        signal.unsubscribe(participantSid, [trackSid]);
        this.asked.delete(trackSid);
      }
    }
  }

  private newLink(): Link {
    const signal = new SignalClient(this.options.livekitUrl, this.options.token(), {
      onOffer: (sdp, id) => subscriber.offer(sdp, id),
      onCandidate: (candidate) => subscriber.addCandidate(candidate),
      onParticipants: (participants) => {
        if (link.early === undefined) this.handlers.onParticipants(participants, false);
        else link.early.push(participants);
      },
      onSpeakers: (speakers) => this.handlers.onSpeakers(speakers),
      onClosed: (error) => link.loss.resolve(error),
    });
    const loseMedia = (detail: string): void => {
      link.isMediaLost = true;
      link.loss.resolve(new SignalError(detail, 'rejoin'));
    };
    const isCurrent = (): boolean => this.link === link && !this.closing.signal.aborted;
    const subscriber = new VoiceSubscriber(
      {
        onPacket: (...packet) => {
          if (isCurrent()) this.handlers.onPacket(...packet);
        },
        onSenderReport: (...report) => {
          if (isCurrent()) this.handlers.onSenderReport(...report);
        },
        onAnswer: (sdp, id) => signal.answer(sdp, id),
        onCandidate: (candidate) => signal.sendCandidate(candidate),
        onFailed: loseMedia,
      },
      this.options.isLoopback,
    );
    const loss = Promise.withResolvers<SignalError>();
    const link: Link = { signal, subscriber, loss, isMediaLost: false, loseMedia, early: [] };
    return link;
  }
}
