import { expect, onTestFinished, vi } from 'vitest';
import {
  MediaStreamTrack,
  RtcpRrPacket,
  RTCPeerConnection,
  RtpHeader,
  RtpPacket,
  useH264,
  type RtcpReceiverInfo,
  type RTCIceCandidate,
} from 'werift';
import type { MediaKind } from '../codecs/rtp-data.ts';
import { Subscriber } from '../signal/subscriber.ts';

const PAYLOAD_TYPE = 96;

/**
 * Connects a subscriber that gets media from a sender, as it does from LiveKit, until the test is over.
 * @param isDataFirst whether media are offered only once there is a connection, for data
 */
export async function connectedSubscriber({ isDataFirst = false } = {}) {
  const packets: number[] = [];
  const failures: string[] = [];
  const arrivals: MediaKind[] = [];
  const ports = new Set<number>();
  const sender = new RTCPeerConnection({
    codecs: { video: [useH264({ parameters: 'packetization-mode=1' })] },
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ['127.0.0.1'],
  });
  const subscriber = new Subscriber(
    {
      onNewSource: () => undefined,
      onPacket: (_, { sequenceNumber }) => packets.push(sequenceNumber),
      onArrival: (kind) => arrivals.push(kind),
      onSent: () => undefined,
      onSenderReport: () => undefined,
      onAnswer: (sdp) => void sender.setRemoteDescription({ type: 'answer', sdp }),
      // The sender finds out where its packets come from.
      onCandidate: ({ candidate }) => ports.add(Number(candidate.split(' ')[5])),
      onFailed: (detail) => failures.push(detail),
    },
    true,
  );
  onTestFinished(async () => {
    await subscriber.close();
    await sender.close();
  });
  let offers = 0;
  if (isDataFirst) sender.createDataChannel('data');
  const candidates: RTCIceCandidate[] = [];
  sender.onIceCandidate.subscribe((candidate) => {
    if (candidate !== undefined) candidates.push(candidate);
  });
  const offer = async (options: { iceRestart: boolean }): Promise<string> => {
    await sender.setLocalDescription(await sender.createOffer(options));
    const sdp = sender.localDescription?.sdp ?? '';
    return sdp.replaceAll(/^a=(?:candidate:.*|end-of-candidates)\r?\n/gm, '');
  };
  const passCandidates = (): void => {
    for (const candidate of candidates.splice(0)) subscriber.addCandidate(candidate.toJSON());
  };
  if (isDataFirst) {
    subscriber.offer(await offer({ iceRestart: false }), ++offers);
    passCandidates();
    await vi.waitFor(
      () => expect(sender.dtlsTransports.map(({ state }) => state)).toEqual(['connected']),
      10_000,
    );
  }
  const track = new MediaStreamTrack({ kind: 'video' });
  const transceiver = sender.addTransceiver(track, { direction: 'sendonly' });
  /** Whether a packet with this sequence number is lost on its way, where its datagram may also be changed. */
  let isLost: (number: number, datagram: Buffer) => boolean = () => false;
  for (const { connection } of sender.iceTransports) {
    const pass = connection.send;
    connection.send = async (data) => {
      const isRtp = data.length > 12 && (data[1] ?? 0) % 128 === PAYLOAD_TYPE;
      if (!isRtp || !isLost(data.readUInt16BE(2), data)) await pass(data);
    };
  }
  let keyframesAsked = 0;
  transceiver.sender.onPictureLossIndication.subscribe(() => keyframesAsked++);
  const reports: RtcpReceiverInfo[] = [];
  transceiver.sender.onRtcp.subscribe((packet) => {
    if (packet instanceof RtcpRrPacket) reports.push(...packet.reports);
  });
  subscriber.offer(await offer({ iceRestart: false }), ++offers);
  passCandidates();

  let sequenceNumber = 0;
  const send = (): number => {
    sequenceNumber = (sequenceNumber + 1) % 0x10000;
    const header = new RtpHeader({ sequenceNumber, timestamp: 1, payloadType: PAYLOAD_TYPE });
    track.writeRtp(new RtpPacket(header, Buffer.from([0x61, 1])));
    return sequenceNumber;
  };
  const arrives = (): Promise<void> => {
    const sent = send();
    return vi.waitFor(() => {
      if (!packets.includes(sent)) send();
      expect(packets.at(-1)).toBeGreaterThanOrEqual(sent);
    }, 10_000);
  };
  /** Checks that media come in and requests go out. */
  const works = async (): Promise<void> => {
    await arrives();
    const before = keyframesAsked;
    await vi.waitFor(() => {
      subscriber.requestKeyframe();
      expect(keyframesAsked).toBeGreaterThan(before);
    }, 10_000);
  };
  await works();
  return {
    subscriber,
    ports: [...ports],
    failures,
    works,
    /** The sequence numbers that have come, in the order of their arrival. */
    packets,
    /** The datagrams that have come from the sender, whether or not they could be read. */
    arrivals,
    /** Sends the packets with these numbers, of which some may get lost. */
    sendNumbers: (from: number, count: number, isLostOne: typeof isLost): void => {
      sequenceNumber = from - 1;
      isLost = isLostOne;
      for (let i = 0; i < count; i++) send();
    },
    /** What the subscriber has reported of the packets that came. */
    reports,
    states: () => subscriber['connection']['peer'].dtlsTransports.map(({ state }) => state),
    keyframesAsked: () => keyframesAsked,
    /** The addresses between which the sender has chosen to send, one pair for each transport; null while it looks for them. */
    ways: () => sender.iceTransports.map((transport) => transport.getSelectedCandidatePair()),
    /** Offers the same media, without candidates. */
    offer,
    /** Passes the candidates of the last offer. */
    passCandidates,
  };
}
