import {
  GenericNack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  useH264,
  useNACK,
  useOPUS,
  usePLI,
  useVP8,
  useVP9,
  type RTCRtpTransceiver,
} from 'werift';
import { OPUS_RATE, VIDEO_RATE } from '@hindsight/mp4/fragments/track-rates';
import type { MediaKind, RtpData } from '../codecs/rtp-data.ts';
import type { VideoCodec } from '../codecs/picture.ts';
import { ReceptionStats } from '../rtp/reception-report.ts';
import { ntpToEpochMs } from '../rtp/rtp-clock.ts';
import type { IceCandidate } from './ice-candidate.ts';
import { takeRtp } from './rtp-path.ts';

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

/** A source that LiveKit has announced. */
interface Source {
  kind: MediaKind;
  ssrc: number;
  transceiver: RTCRtpTransceiver;
  stats: ReceptionStats;
}

/** Packets of a replaced source may still be on their way, so this many SSRCs are remembered. */
const REMEMBERED_SOURCES = 8;
const RATES = { video: VIDEO_RATE, audio: OPUS_RATE } as const;
/** LiveKit is told this often what came. It takes the round trip from that, by which it sends lost packets again. */
const RECEIVER_REPORT_MS = 1000;

/**
 * Receives media over a WebRTC connection to LiveKit: RTP and sender reports in, NACK and PLI out. Bandwidth feedback (TWCC,
 * REMB) is not negotiated, because LiveKit would lower the quality of the recording for it.
 */
export class Subscriber {
  private readonly handlers: SubscriberHandlers;
  private readonly connection: RTCPeerConnection;
  private readonly sources = new Map<MediaKind, Source>();
  private replacedSsrcs: number[] = [];
  /** The sources that LiveKit has announced, by SSRC. */
  private readonly announced = new Map<number, Source>();
  /** What the payload types of each negotiation mean. */
  private readonly payloadTypes = new WeakMap<readonly RTCRtpCodecParameters[], PayloadTypes>();
  private readonly takenTransports = new Set<string>();
  private reportedMs = 0;
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
      this.takeTransports();
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
    if (source !== undefined && !this.isClosed) void source.transceiver.receiver.sendRtcpPLI(source.ssrc);
  }

  /** Asks LiveKit to send packets again (generic NACK, RFC 4585, 6.2.1). */
  requestRetransmission(kind: MediaKind, sequenceNumbers: number[]): void {
    const source = this.sources.get(kind);
    if (source === undefined || this.isClosed) return;
    const { receiver } = source.transceiver;
    const feedback = new GenericNack({
      senderSsrc: receiver.rtcpSsrc,
      mediaSourceSsrc: source.ssrc,
      lost: sequenceNumbers,
    });
    const ignoreLoss = (): void => undefined; // the packets are asked for again at the next tick
    receiver.transport.sendRtcp([new RtcpTransportLayerFeedback({ feedback })]).then(ignoreLoss, ignoreLoss);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.announced.clear();
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
    onTrack.subscribe(({ ssrc }) => {
      if (ssrc === undefined || this.announced.has(ssrc)) return;
      this.announced.set(ssrc, { kind, ssrc, transceiver, stats: new ReceptionStats(ssrc, RATES[kind]) });
    });
    receiver.onRtcp.subscribe((packet) => {
      if (!(packet instanceof RtcpSrPacket) || this.replacedSsrcs.includes(packet.ssrc)) return;
      const { rtpTimestamp, ntpTimestamp, packetCount } = packet.senderInfo;
      const [ntpMs, arrivalMs] = [ntpToEpochMs(ntpTimestamp), Date.now()];
      this.announced.get(packet.ssrc)?.stats.senderReport(ntpTimestamp, arrivalMs);
      this.handlers.onSenderReport(kind, rtpTimestamp, ntpMs, arrivalMs);
      this.handlers.onSent(kind, packetCount, ntpMs, arrivalMs);
    });
  }

  /** Takes RTP from transports that an offer has brought. LiveKit's first one has none but data in it. */
  private takeTransports(): void {
    for (const transport of this.connection.dtlsTransports) {
      if (this.takenTransports.has(transport.id)) continue;
      this.takenTransports.add(transport.id);
      takeRtp(transport, (datagram, open) => this.receive(datagram, open));
    }
  }

  /** Takes an RTP datagram, which may come from anybody until it has been opened. */
  private receive(datagram: Buffer, open: (datagram: Buffer) => Buffer | undefined): void {
    const source = this.announced.get(datagram.readUInt32BE(8));
    if (source === undefined) return;
    const { kind } = source;
    const arrivalMs = Date.now();
    if (!this.isClosed) this.handlers.onArrival(kind, arrivalMs);
    const payload = open(datagram);
    if (payload === undefined) return;
    const second = datagram.readUInt8(1);
    const payloadType = second & 0x7f;
    const codecs = this.payloadTypesOf(source.transceiver);
    if (!codecs.has(payloadType) || !this.isFromSource(source)) return;
    const sequenceNumber = datagram.readUInt16BE(2);
    const timestamp = datagram.readUInt32BE(4);
    source.stats.packet(sequenceNumber, timestamp, arrivalMs);
    this.handlers.onPacket(kind, {
      sequenceNumber,
      timestamp,
      isMarker: second >> 7 === 1,
      payloadType,
      codec: codecs.get(payloadType),
      payload,
      arrivalMs,
    });
    if (arrivalMs - this.reportedMs >= RECEIVER_REPORT_MS) this.reportReception(arrivalMs);
  }

  private payloadTypesOf({ codecs }: RTCRtpTransceiver): PayloadTypes {
    let types = this.payloadTypes.get(codecs);
    if (types === undefined) {
      types = new Map(
        codecs.map(({ payloadType, mimeType }) => [payloadType, CODEC_NAMES.get(mimeType.toLowerCase())]),
      );
      this.payloadTypes.set(codecs, types);
    }
    return types;
  }

  /** Whether a packet is from the current source. A new SSRC makes a new source; packets of older ones return false. */
  private isFromSource(source: Source): boolean {
    const current = this.sources.get(source.kind);
    if (current === source) return true;
    if (this.replacedSsrcs.includes(source.ssrc)) return false;
    this.sources.set(source.kind, source);
    if (current === undefined) return true;
    this.replacedSsrcs = [...this.replacedSsrcs, current.ssrc].slice(-REMEMBERED_SOURCES);
    this.handlers.onNewSource(source.kind);
    return true;
  }

  private reportReception(nowMs: number): void {
    this.reportedMs = nowMs;
    const sources = [...this.sources.values()];
    const receiver = sources[0]?.transceiver.receiver;
    if (receiver === undefined || this.isClosed) return;
    const reports = sources.map(({ stats }) => new RtcpReceiverInfo(stats.take(nowMs)));
    const ignoreLoss = (): void => undefined; // the next report says it again
    receiver.transport
      .sendRtcp([new RtcpRrPacket({ ssrc: receiver.rtcpSsrc, reports })])
      .then(ignoreLoss, ignoreLoss);
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

/** The payload types that were negotiated for a track; undefined for sound. */
type PayloadTypes = ReadonlyMap<number, VideoCodec | undefined>;

const CODEC_NAMES: ReadonlyMap<string, VideoCodec> = new Map([
  ['video/h264', 'h264'],
  ['video/vp8', 'vp8'],
  ['video/vp9', 'vp9'],
  ['video/av1', 'av1'],
]);
