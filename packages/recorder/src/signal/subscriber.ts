import {
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSrPacket,
  type RTCRtpCodecParameters,
  type RTCRtpTransceiver,
} from 'werift';
import { payloadTypeOf, RTP_RATES, rtpDataOf, type MediaKind, type RtpData } from '../codecs/rtp-data.ts';
import type { VideoCodec } from '../codecs/picture.ts';
import { ReceptionStats } from '../rtp/reception-report.ts';
import { ntpToEpochMs } from '../rtp/rtp-clock.ts';
import type { IceCandidate } from './ice-candidate.ts';
import { askAgain, ReceivingConnection } from './receiving-connection.ts';

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

/** A source that LiveKit has announced. */
interface Source {
  kind: MediaKind;
  ssrc: number;
  transceiver: RTCRtpTransceiver;
  stats: ReceptionStats;
}

/** Packets of a replaced source may still be on their way, so this many SSRCs are remembered. */
const REMEMBERED_SOURCES = 8;
/** LiveKit is told this often what came. It takes the round trip from that, by which it sends lost packets again. */
const RECEIVER_REPORT_MS = 1000;

/** Receives a share over a WebRTC connection to LiveKit: RTP and sender reports in; NACK, PLI and receiver reports out. */
export class Subscriber {
  private readonly handlers: SubscriberHandlers;
  private readonly connection: ReceivingConnection;
  private readonly sources = new Map<MediaKind, Source>();
  private replacedSsrcs: number[] = [];
  /** The sources that LiveKit has announced, by SSRC. */
  private readonly announced = new Map<number, Source>();
  /** What the payload types of each negotiation mean. */
  private readonly payloadTypes = new WeakMap<readonly RTCRtpCodecParameters[], PayloadTypes>();
  private reportedMs = 0;

  constructor(handlers: SubscriberHandlers, isLoopback: boolean) {
    this.handlers = handlers;
    this.connection = new ReceivingConnection(
      {
        onTransceiver: (transceiver) => this.receiveFrom(transceiver),
        onRtp: (datagram, open) => this.receive(datagram, open),
        onAnswer: (sdp, id) => this.handlers.onAnswer(sdp, id),
        onCandidate: (candidate) => this.handlers.onCandidate(candidate),
        onFailed: (detail) => this.handlers.onFailed(detail),
      },
      isLoopback,
    );
  }

  /** Whether media can flow, or could if there were any. */
  get isConnected(): boolean {
    return this.connection.isConnected;
  }

  offer(sdp: string, id: number): void {
    this.connection.offer(sdp, id);
  }

  addCandidate(candidate: IceCandidate): void {
    this.connection.addCandidate(candidate);
  }

  /** Asks the publisher for a keyframe (PLI, RFC 4585, 6.3.1). */
  requestKeyframe(): void {
    const source = this.sources.get('video');
    if (source !== undefined && !this.connection.isClosed)
      void source.transceiver.receiver.sendRtcpPLI(source.ssrc);
  }

  /** Asks LiveKit to send packets again (generic NACK, RFC 4585, 6.2.1). */
  requestRetransmission(kind: MediaKind, sequenceNumbers: number[]): void {
    const source = this.sources.get(kind);
    if (source === undefined || this.connection.isClosed) return;
    askAgain(source.transceiver.receiver, source.ssrc, sequenceNumbers);
  }

  async close(): Promise<void> {
    this.announced.clear();
    await this.connection.close();
  }

  private receiveFrom(transceiver: RTCRtpTransceiver): void {
    const { receiver, kind, onTrack } = transceiver;
    if (kind !== 'video' && kind !== 'audio') return;
    onTrack.subscribe(({ ssrc }) => {
      if (ssrc === undefined || this.announced.has(ssrc)) return;
      this.announced.set(ssrc, { kind, ssrc, transceiver, stats: new ReceptionStats(ssrc, RTP_RATES[kind]) });
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

  /** Takes an RTP datagram, which may come from anybody until it has been opened. */
  private receive(datagram: Buffer, open: (datagram: Buffer) => Buffer | undefined): void {
    const source = this.announced.get(datagram.readUInt32BE(8));
    if (source === undefined) return;
    const { kind } = source;
    const arrivalMs = Date.now();
    if (!this.connection.isClosed) this.handlers.onArrival(kind, arrivalMs);
    const payload = open(datagram);
    if (payload === undefined) return;
    const payloadType = payloadTypeOf(datagram);
    const codecs = this.payloadTypesOf(source.transceiver);
    if (!codecs.has(payloadType) || !this.isFromSource(source)) return;
    const packet = rtpDataOf(datagram, payload, codecs.get(payloadType), arrivalMs);
    source.stats.packet(packet.sequenceNumber, packet.timestamp, arrivalMs);
    this.handlers.onPacket(kind, packet);
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
    if (receiver === undefined || this.connection.isClosed) return;
    const reports = sources.map(({ stats }) => new RtcpReceiverInfo(stats.take(nowMs)));
    const ignoreLoss = (): void => undefined; // the next report says it again
    receiver.transport
      .sendRtcp([new RtcpRrPacket({ ssrc: receiver.rtcpSsrc, reports })])
      .then(ignoreLoss, ignoreLoss);
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
