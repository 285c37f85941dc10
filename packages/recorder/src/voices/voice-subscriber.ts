import { RtcpSrPacket, type RTCRtpReceiver, type RTCRtpTransceiver } from 'werift';
import { payloadTypeOf, rtpDataOf, type RtpData } from '../codecs/rtp-data.ts';
import { ntpToEpochMs } from '../rtp/rtp-clock.ts';
import type { IceCandidate } from '../signal/ice-candidate.ts';
import { askAgain, ReceivingConnection } from '../signal/receiving-connection.ts';

export interface VoiceSubscriberHandlers {
  /** Called with each packet of a track. A track that is subscribed to anew comes from another source, which has another SSRC. */
  onPacket: (trackSid: string, ssrc: number, packet: RtpData) => void;
  onSenderReport: (
    trackSid: string,
    ssrc: number,
    timestamp: number,
    ntpMs: number,
    arrivalMs: number,
  ) => void;
  onAnswer: (sdp: string, id: number) => void;
  onCandidate: (candidate: IceCandidate) => void;
  onFailed: (detail: string) => void;
}

/** LiveKit's offers name the payload types of Opus, and the track that each source sends (RFC 5576, 6.1; the last word is the track's SID). */
const OPUS_LINE = /^a=rtpmap:(\d+) opus\//gm;
const SOURCE_LINE = /^a=ssrc:(\d+) msid:\S+ (\S+)\r?$/gm;

/** Receives many tracks of sound over one WebRTC connection to LiveKit: RTP and sender reports in, NACK out. */
export class VoiceSubscriber {
  private readonly handlers: VoiceSubscriberHandlers;
  private readonly connection: ReceivingConnection;
  /** The tracks that the sources of the newest offer send. */
  private trackSids: ReadonlyMap<number, string> = new Map();
  /** These payload types are Opus. */
  private payloadTypes: ReadonlySet<number> = new Set();
  /** The SSRC from which each track came last. */
  private readonly sources = new Map<string, number>();
  /** Any of the receivers will do to ask for packets again. */
  private receiver: RTCRtpReceiver | undefined;

  constructor(handlers: VoiceSubscriberHandlers, isLoopback: boolean) {
    this.handlers = handlers;
    this.connection = new ReceivingConnection(
      {
        onTransceiver: (transceiver) => this.receiveFrom(transceiver),
        onRtp: (datagram, open) => this.receive(datagram, open),
        onAnswer: (sdp, id) => handlers.onAnswer(sdp, id),
        onCandidate: (candidate) => handlers.onCandidate(candidate),
        onFailed: (detail) => handlers.onFailed(detail),
      },
      isLoopback,
    );
  }

  get isConnected(): boolean {
    return this.connection.isConnected;
  }

  offer(sdp: string, id: number): void {
    const named = [...sdp.matchAll(SOURCE_LINE)];
    this.trackSids = new Map(named.map(([, ssrc, trackSid = '']) => [Number(ssrc), trackSid]));
    this.payloadTypes = new Set([...sdp.matchAll(OPUS_LINE)].map(([, type]) => Number(type)));
    const present = new Set(this.trackSids.values());
    for (const trackSid of this.sources.keys()) if (!present.has(trackSid)) this.sources.delete(trackSid);
    this.connection.offer(sdp, id);
  }

  addCandidate(candidate: IceCandidate): void {
    this.connection.addCandidate(candidate);
  }

  /** Asks LiveKit to send packets of a track again. */
  requestRetransmission(trackSid: string, sequenceNumbers: number[]): void {
    const ssrc = this.sources.get(trackSid);
    if (ssrc !== undefined && this.receiver !== undefined && !this.connection.isClosed)
      askAgain(this.receiver, ssrc, sequenceNumbers);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private receiveFrom({ receiver, kind }: RTCRtpTransceiver): void {
    if (kind !== 'audio') return;
    this.receiver ??= receiver;
    receiver.onRtcp.subscribe((packet) => {
      if (!(packet instanceof RtcpSrPacket) || this.connection.isClosed) return;
      const trackSid = this.trackSids.get(packet.ssrc);
      if (trackSid === undefined) return;
      const { rtpTimestamp, ntpTimestamp } = packet.senderInfo;
      const [ntpMs, arrivalMs] = [ntpToEpochMs(ntpTimestamp), Date.now()];
      this.handlers.onSenderReport(trackSid, packet.ssrc, rtpTimestamp, ntpMs, arrivalMs);
    });
  }

  /** Takes an RTP datagram, which may come from anybody until it has been opened. */
  private receive(datagram: Buffer, open: (datagram: Buffer) => Buffer | undefined): void {
    const ssrc = datagram.readUInt32BE(8);
    const trackSid = this.trackSids.get(ssrc);
    if (trackSid === undefined || this.connection.isClosed) return;
    const payload = this.payloadTypes.has(payloadTypeOf(datagram)) ? open(datagram) : undefined;
    if (payload === undefined) return;
    this.sources.set(trackSid, ssrc);
    this.handlers.onPacket(trackSid, ssrc, rtpDataOf(datagram, payload, undefined, Date.now()));
  }
}
