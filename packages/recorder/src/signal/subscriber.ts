import {
  GenericNack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpSrPacket,
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
import type { MediaKind, RtpData } from '../codecs/rtp-data.ts';
import type { VideoCodec } from '../codecs/picture.ts';
import { ntpToEpochMs } from '../rtp/rtp-clock.ts';
import type { IceCandidate } from './ice-candidate.ts';

export interface SubscriberHandlers {
  /** Media of this kind that follow are numbered and timed anew: another track, or another encoder of the same. */
  onNewSource: (kind: MediaKind) => void;
  onPacket: (kind: MediaKind, packet: RtpData) => void;
  /** Called for each RTP datagram of an announced source, also when it can't be read. */
  onArrival: (kind: MediaKind, nowMs: number) => void;
  /** Called with the number of packets that a source says it had sent when its clock showed `ntpMs`. */
  onSent: (kind: MediaKind, packets: number, ntpMs: number, arrivalMs: number) => void;
  onSenderReport: (kind: MediaKind, timestamp: number, ntpMs: number, arrivalMs: number) => void;
  onAnswer: (sdp: string, id: number) => void;
  onCandidate: (candidate: IceCandidate) => void;
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

interface Source {
  receiver: RTCRtpReceiver;
  ssrc: number;
}

/** Packets of a replaced source may still be on their way, so this many SSRCs are remembered. */
const REMEMBERED_SOURCES = 8;

/**
 * Receives media over a WebRTC connection to LiveKit: RTP and sender reports in, NACK and PLI out. Bandwidth feedback (TWCC,
 * REMB) is not negotiated, because LiveKit would lower the quality of the recording for it.
 */
export class Subscriber {
  private readonly handlers: SubscriberHandlers;
  private readonly connection: RTCPeerConnection;
  private readonly sources = new Map<MediaKind, Source>();
  private replacedSsrcs: number[] = [];
  /** The SSRCs that LiveKit has announced, and what they send. */
  private readonly announced = new Map<number, MediaKind>();
  private readonly watchedTransports = new Set<string>();
  /** Each ICE transport has finished this many restarts. */
  private readonly iceRestarts = new Map<string, number>();
  /** Offers and candidates are handled strictly one after another. */
  private negotiation: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(handlers: SubscriberHandlers, isLoopback: boolean) {
    this.handlers = handlers;
    this.connection = new RTCPeerConnection({
      codecs: {
        video: VIDEO_CODECS,
        audio: [useOPUS({ rtcpFeedback: [useNACK()] })],
      },
      iceServers: [],
      iceUseIpv6: false,
      // werift leaves loopback addresses out unless it is told.
      ...(isLoopback ? { iceAdditionalHostAddresses: ['127.0.0.1'] } : {}),
    });
    this.connection.onRemoteTransceiverAdded.subscribe((transceiver) => this.receiveFrom(transceiver));
    this.connection.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) this.handlers.onCandidate(candidate.toJSON());
    });
    this.connection.connectionStateChange.subscribe((state) => {
      if (state === 'failed' || state === 'closed') this.fail(`media connection ${state}`);
    });
  }

  /** Whether media can flow, or could if there were any. */
  get isConnected(): boolean {
    return this.connection.connectionState === 'connected';
  }

  offer(sdp: string, id: number): void {
    this.inTurn(async () => {
      await this.connection.setRemoteDescription({
        type: 'offer',
        sdp: sdp.replaceAll(BANDWIDTH_FEEDBACK, '').replaceAll(END_OF_CANDIDATES, ''),
      });
      await this.connection.setLocalDescription(await this.connection.createAnswer());
      this.handlers.onAnswer(this.connection.localDescription?.sdp ?? '', id);
      this.finishIceRestart();
    });
  }

  addCandidate(candidate: IceCandidate): void {
    this.inTurn(() => this.connection.addIceCandidate(candidate));
  }

  /** Asks the publisher for a keyframe (PLI, RFC 4585, 6.3.1). */
  requestKeyframe(): void {
    const source = this.sources.get('video');
    if (source !== undefined && !this.isClosed) void source.receiver.sendRtcpPLI(source.ssrc);
  }

  /** Asks LiveKit to send packets again (generic NACK, RFC 4585, 6.2.1). */
  requestRetransmission(kind: MediaKind, sequenceNumbers: number[]): void {
    const source = this.sources.get(kind);
    if (source === undefined || this.isClosed) return;
    const feedback = new GenericNack({
      senderSsrc: source.receiver.rtcpSsrc,
      mediaSourceSsrc: source.ssrc,
      lost: sequenceNumbers,
    });
    const ignoreLoss = (): void => undefined; // the packets are asked for again at the next tick
    source.receiver.transport
      .sendRtcp([new RtcpTransportLayerFeedback({ feedback })])
      .then(ignoreLoss, ignoreLoss);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.connection.close();
  }

  /**
   * Finishes an ICE restart. LiveKit restarts ICE when signalling is resumed; werift takes the new credentials but never
   * checks the connection again by itself.
   */
  private finishIceRestart(): void {
    for (const transport of this.connection.iceTransports) {
      if (transport.iceRestarts === (this.iceRestarts.get(transport.id) ?? 0)) continue;
      this.iceRestarts.set(transport.id, transport.iceRestarts);
      transport.start().catch((error: unknown) => this.fail(`ICE restart failed: ${String(error)}`));
    }
  }

  private receiveFrom(transceiver: RTCRtpTransceiver): void {
    const { receiver, kind, onTrack } = transceiver;
    if (kind !== 'video' && kind !== 'audio') return;
    // werift's own NACK stops working after a loss at the wrap of the sequence number; ReorderBuffer replaces it.
    Object.defineProperty(receiver, 'nackEnabled', { value: undefined });
    this.watchArrivals();
    onTrack.subscribe((track) => {
      if (track.ssrc !== undefined) this.announced.set(track.ssrc, kind);
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        if (!this.isFromSource(kind, receiver, header.ssrc)) return;
        this.handlers.onPacket(kind, {
          sequenceNumber: header.sequenceNumber,
          timestamp: header.timestamp,
          isMarker: header.marker,
          payloadType: header.payloadType,
          codec: codecOf(transceiver.codecs, header.payloadType),
          payload,
          arrivalMs: Date.now(),
        });
      });
    });
    receiver.onRtcp.subscribe((packet) => {
      if (!(packet instanceof RtcpSrPacket) || this.replacedSsrcs.includes(packet.ssrc)) return;
      const { rtpTimestamp, ntpTimestamp, packetCount } = packet.senderInfo;
      const [ntpMs, arrivalMs] = [ntpToEpochMs(ntpTimestamp), Date.now()];
      this.handlers.onSenderReport(kind, rtpTimestamp, ntpMs, arrivalMs);
      this.handlers.onSent(kind, packetCount, ntpMs, arrivalMs);
    });
  }

  /** Tells of datagrams before they prove their keys, because werift says nothing about those that it refuses. */
  private watchArrivals(): void {
    for (const { id, connection } of this.connection.iceTransports) {
      if (this.watchedTransports.has(id)) continue;
      this.watchedTransports.add(id);
      connection.onData.subscribe((datagram) => {
        const kind = this.announced.get(ssrcOf(datagram));
        if (kind !== undefined && !this.isClosed) this.handlers.onArrival(kind, Date.now());
      });
    }
  }

  /** Whether a packet is from the current source. A new SSRC makes a new source; packets of older ones return false. */
  private isFromSource(kind: MediaKind, receiver: RTCRtpReceiver, ssrc: number): boolean {
    const source = this.sources.get(kind);
    if (source?.ssrc === ssrc) return true;
    if (this.replacedSsrcs.includes(ssrc)) return false;
    this.sources.set(kind, { receiver, ssrc });
    if (source === undefined) return true;
    this.replacedSsrcs = [...this.replacedSsrcs, source.ssrc].slice(-REMEMBERED_SOURCES);
    this.handlers.onNewSource(kind);
    return true;
  }

  private inTurn(step: () => Promise<unknown>): void {
    this.negotiation = this.negotiation
      .then(() => (this.isClosed ? undefined : step()))
      .then(
        () => undefined,
        (error: unknown) => this.fail(`negotiation failed: ${String(error)}`),
      );
  }

  private fail(detail: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.handlers.onFailed(detail);
  }
}

/** Returns the SSRC in the header of an RTP packet, which isn't encrypted; NaN for other datagrams (RFC 5761, 4). */
function ssrcOf(datagram: Buffer): number {
  if (datagram.length < 12 || datagram.readUInt8(0) >> 6 !== 2) return NaN;
  const type = datagram.readUInt8(1);
  return type >= 192 && type <= 223 ? NaN : datagram.readUInt32BE(8);
}

const CODEC_NAMES: ReadonlyMap<string, VideoCodec> = new Map([
  ['video/h264', 'h264'],
  ['video/vp8', 'vp8'],
  ['video/vp9', 'vp9'],
  ['video/av1', 'av1'],
]);

function codecOf(negotiated: readonly RTCRtpCodecParameters[], payloadType: number): VideoCodec | undefined {
  const mimeType = negotiated.find((codec) => codec.payloadType === payloadType)?.mimeType;
  return CODEC_NAMES.get(mimeType?.toLowerCase() ?? '');
}
