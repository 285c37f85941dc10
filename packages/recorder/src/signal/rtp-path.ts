import { UdpTransport, type RTCDtlsTransport, type SrtpSession } from 'werift';
import { SRTP_PROFILE, SrtpReceiver } from '../srtp/srtp-receiver.ts';

/** As much as a second of a large share, where the system allows it. A keyframe comes all at once. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;

/** Gets a datagram with a whole RTP header, and a function that returns its payload; undefined when it can't be read. */
export type TakeRtp = (datagram: Buffer, open: (datagram: Buffer) => Buffer | undefined) => void;

/**
 * Takes the RTP packets that arrive on a transport away from werift, before its handshake begins. werift goes on with ICE, DTLS
 * and RTCP. It would make some thirty objects of each packet, which costs most of what a recording costs.
 */
export function takeRtp(transport: RTCDtlsTransport, take: TakeRtp): void {
  Object.assign(transport, { srtpProfiles: [SRTP_PROFILE] });
  let session: SrtpSession | undefined;
  let receiver: SrtpReceiver | undefined;
  const open = (datagram: Buffer): Buffer | undefined => {
    if (session !== transport.srtp) {
      session = transport.srtp;
      const { keys } = session.config;
      receiver = new SrtpReceiver(keys.remoteMasterKey, keys.remoteMasterSalt);
    }
    return receiver?.open(datagram);
  };
  const { connection } = transport.iceTransport;
  const sockets = new WeakSet<UdpTransport>();
  /** Has the socket in use give its RTP away at once: on the way here werift looks for STUN in each datagram. */
  const takeFromSocket = (): void => {
    const protocol = connection.nominated?.protocol;
    if (protocol === undefined || !('transport' in protocol)) return;
    const socket = protocol.transport;
    if (!(socket instanceof UdpTransport) || sockets.has(socket)) return;
    sockets.add(socket);
    socket.socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    const passOn = socket.onData;
    socket.onData = (datagram, address) => {
      if (isRtp(datagram)) take(datagram, open);
      else passOn(datagram, address);
    };
  };
  const pass = connection.onData.execute;
  connection.onData.execute = (datagram) => {
    if (!isRtp(datagram)) return pass(datagram);
    takeFromSocket();
    take(datagram, open);
  };
}

/** Whether a datagram is neither STUN nor DTLS (RFC 7983, 7) nor RTCP (RFC 5761, 4). */
function isRtp(datagram: Buffer): boolean {
  if (datagram.length < 12 || datagram.readUInt8(0) >> 6 !== 2) return false;
  const type = datagram.readUInt8(1);
  return type < 192 || type > 223;
}
