import {
  GenericNack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpTransportLayerFeedback,
  useH264,
  useNACK,
  useOPUS,
  usePLI,
  useVP8,
  useVP9,
  type RTCRtpReceiver,
  type RTCRtpTransceiver,
} from 'werift';
import { VIDEO_RATE } from '@hindsight/mp4/fragments/track-rates';
import type { IceCandidate } from './ice-candidate.ts';
import { takeRtp, type TakeRtp } from './rtp-path.ts';

export interface ReceivingConnectionHandlers {
  /** Called once for each place that LiveKit sends tracks in, one after the other. */
  onTransceiver: (transceiver: RTCRtpTransceiver) => void;
  /** Takes each datagram that looks like RTP, whoever it is from. */
  onRtp: TakeRtp;
  onAnswer: (sdp: string, id: number) => void;
  onCandidate: (candidate: IceCandidate) => void;
  /** Called once when the connection is lost, unless it was closed. */
  onFailed: (detail: string) => void;
}

/** werift accepts all feedback that is offered, whatever it was configured with, so this is removed from offers. */
const BANDWIDTH_FEEDBACK = /^a=rtcp-fb:\S+ (?:transport-cc|goog-remb)\r?\n/gm;
/**
 * About one in thirty of the offers with which LiveKit restarts ICE names no candidate and says that no more come, and then
 * they do: Pion lists them before it asks whether these are all. werift would ignore them and give up, so this line is
 * removed from offers.
 */
const END_OF_CANDIDATES = /^a=end-of-candidates\r?\n/gm;
const rtcpFeedback = [useNACK(), usePLI()];
/**
 * Nothing is decoded here, so any codec will do. For each entry, werift takes the first match in LiveKit's offer: an entry
 * without a profile matches the track's own, and the named profiles are those that LiveKit lists besides.
 */
const VIDEO_CODECS = [
  useH264({ rtcpFeedback, parameters: 'packetization-mode=1' }),
  useH264({ rtcpFeedback, parameters: 'packetization-mode=1;profile-level-id=4d001f' }),
  useH264({ rtcpFeedback, parameters: 'packetization-mode=1;profile-level-id=640032' }),
  useH264({ rtcpFeedback, parameters: 'packetization-mode=0' }),
  useVP9({ rtcpFeedback }),
  useVP8({ rtcpFeedback }),
  new RTCRtpCodecParameters({ mimeType: 'video/AV1', clockRate: VIDEO_RATE, rtcpFeedback }),
];
/** Sound that is published as RED (RFC 2198) is offered as Opus too, and then LiveKit sends it so. */
const AUDIO_CODECS = [useOPUS({ rtcpFeedback: [useNACK()] })];

/**
 * A WebRTC connection that LiveKit sends media over. Bandwidth feedback (TWCC, REMB) is not negotiated, because LiveKit would
 * lower the quality of the recording for it.
 */
export class ReceivingConnection {
  private readonly handlers: ReceivingConnectionHandlers;
  private readonly peer: RTCPeerConnection;
  private readonly takenTransports = new Set<string>();
  /** Each ICE transport has finished this many restarts. */
  private readonly iceRestarts = new Map<string, number>();
  /** Offers and candidates are handled strictly one after another. */
  private negotiation: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(handlers: ReceivingConnectionHandlers, isLoopback: boolean) {
    this.handlers = handlers;
    this.peer = new RTCPeerConnection({
      codecs: { video: VIDEO_CODECS, audio: AUDIO_CODECS },
      iceServers: [],
      iceUseIpv6: false,
      // werift leaves loopback addresses out unless it is told.
      ...(isLoopback ? { iceAdditionalHostAddresses: ['127.0.0.1'] } : {}),
    });
    this.peer.onRemoteTransceiverAdded.subscribe((transceiver) => handlers.onTransceiver(transceiver));
    this.peer.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) this.handlers.onCandidate(candidate.toJSON());
    });
    this.peer.connectionStateChange.subscribe((state) => {
      if (state === 'failed' || state === 'closed') this.fail(`media connection ${state}`);
    });
  }

  /** Whether media can flow, or could if there were any. */
  get isConnected(): boolean {
    return this.peer.connectionState === 'connected';
  }

  /** Whether it was closed or has failed. */
  get isClosed(): boolean {
    return this.isOver;
  }

  offer(sdp: string, id: number): void {
    this.inTurn(async () => {
      await this.peer.setRemoteDescription({
        type: 'offer',
        sdp: sdp.replaceAll(BANDWIDTH_FEEDBACK, '').replaceAll(END_OF_CANDIDATES, ''),
      });
      this.takeTransports();
      await this.peer.setLocalDescription(await this.peer.createAnswer());
      this.handlers.onAnswer(this.peer.localDescription?.sdp ?? '', id);
      this.finishIceRestart();
    });
  }

  addCandidate(candidate: IceCandidate): void {
    this.inTurn(() => this.peer.addIceCandidate(candidate));
  }

  async close(): Promise<void> {
    this.isOver = true;
    await this.peer.close();
  }

  /**
   * Finishes an ICE restart. LiveKit restarts ICE when signalling is resumed; werift takes the new credentials but never
   * checks the connection again by itself.
   */
  private finishIceRestart(): void {
    for (const transport of this.peer.iceTransports) {
      if (transport.iceRestarts === (this.iceRestarts.get(transport.id) ?? 0)) continue;
      this.iceRestarts.set(transport.id, transport.iceRestarts);
      transport.start().catch((error: unknown) => this.fail(`ICE restart failed: ${String(error)}`));
    }
  }

  /** Takes RTP from transports that an offer has brought. LiveKit's first one has none but data in it. */
  private takeTransports(): void {
    for (const transport of this.peer.dtlsTransports) {
      if (this.takenTransports.has(transport.id)) continue;
      this.takenTransports.add(transport.id);
      takeRtp(transport, this.handlers.onRtp);
    }
  }

  private inTurn(step: () => Promise<unknown>): void {
    this.negotiation = this.negotiation
      .then(() => (this.isOver ? undefined : step()))
      .then(
        () => undefined,
        (error: unknown) => this.fail(`negotiation failed: ${String(error)}`),
      );
  }

  private fail(detail: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.handlers.onFailed(detail);
  }
}

/** Asks LiveKit to send packets of a source again (generic NACK, RFC 4585, 6.2.1). */
export function askAgain(receiver: RTCRtpReceiver, ssrc: number, sequenceNumbers: number[]): void {
  const feedback = new GenericNack({
    senderSsrc: receiver.rtcpSsrc,
    mediaSourceSsrc: ssrc,
    lost: sequenceNumbers,
  });
  const ignoreLoss = (): void => undefined; // the packets are asked for again at the next tick
  receiver.transport.sendRtcp([new RtcpTransportLayerFeedback({ feedback })]).then(ignoreLoss, ignoreLoss);
}
