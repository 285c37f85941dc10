import type { Cipheriv } from 'node:crypto';
import { blockCipher, KeyStream } from './key-stream.ts';
import { PacketAuthenticator, TAG_BYTES } from './packet-authenticator.ts';
import { deriveSrtpKeys } from './srtp-keys.ts';

/**
 * The number that AES_CM_128_HMAC_SHA1_80 has in DTLS (RFC 5764, 4.1.2). Everybody who speaks WebRTC has it (RFC 8827, 6.5), and
 * it is the one whose ciphers can be kept from packet to packet.
 */
export const SRTP_PROFILE = 1;

/** One turn of the sequence number. */
const TURN = 0x10000;
const FIXED_HEADER_BYTES = 12;

interface Source {
  keyStream: KeyStream;
  /** The highest index of a packet that proved its keys. */
  highest: number;
}

/**
 * Decrypts the RTP packets of one connection (RFC 3711). A packet is encrypted with its index, of which it carries the lower 16
 * bits: the rest, the roll-over count, is estimated from the highest index of its source that was authenticated.
 */
export class SrtpReceiver {
  private readonly cipher: Cipheriv;
  private readonly authenticator: PacketAuthenticator;
  private readonly salt: Buffer;
  /** The sources of which a packet has proved its keys: whoever sends anything else leaves nothing here. */
  private readonly sources = new Map<number, Source>();

  constructor(masterKey: Buffer, masterSalt: Buffer) {
    const { encryption, authentication, salt } = deriveSrtpKeys(masterKey, masterSalt);
    this.cipher = blockCipher(encryption);
    this.authenticator = new PacketAuthenticator(authentication);
    this.salt = salt;
  }

  /**
   * Decrypts a packet in its place. Returns its payload, without its padding; undefined when it can't be read or doesn't prove the
   * keys.
   */
  open(datagram: Buffer): Buffer | undefined {
    const from = payloadOffset(datagram);
    const to = datagram.length - TAG_BYTES;
    if (from === undefined || from > to) return undefined;
    const ssrc = datagram.readUInt32BE(8);
    const known = this.sources.get(ssrc);
    const index = this.provenIndex(datagram, to, known?.highest);
    if (index === undefined) return undefined;
    const source = known ?? this.addSource(ssrc, index);
    if (index > source.highest) source.highest = index;
    const payload = datagram.subarray(from, to);
    source.keyStream.decrypt(payload, index);
    const isPadded = (datagram.readUInt8(0) & 0x20) !== 0;
    return isPadded ? withoutPadding(payload) : payload;
  }

  private addSource(ssrc: number, highest: number): Source {
    const source = { keyStream: new KeyStream(this.cipher, this.salt, ssrc), highest };
    this.sources.set(ssrc, source);
    return source;
  }

  /** Returns the index with which a packet proves the keys. */
  private provenIndex(datagram: Buffer, end: number, highest: number | undefined): number | undefined {
    const number = datagram.readUInt16BE(2);
    const proves = (index: number): boolean =>
      this.authenticator.proves(datagram, end, Math.floor(index / TURN));
    const index = highest === undefined ? number : nearestIndex(highest, number);
    if (proves(index)) return index;
    // A sender may begin at any number. Where its first packets were lost, it may have turned already.
    if (highest === undefined && number < TURN / 2 && proves(TURN + number)) return TURN + number;
    return undefined;
  }
}

/**
 * Returns the index with these lower 16 bits that is nearest to the highest one so far (RFC 3711, 3.3.1 and appendix A). Of two
 * that are as near it is the later one, and before the first turn there is none to go back to.
 */
function nearestIndex(highest: number, number: number): number {
  const ahead = (number - highest) & (TURN - 1);
  const index = ahead <= TURN / 2 ? highest + ahead : highest + ahead - TURN;
  return index < 0 ? index + TURN : index;
}

/** Returns where the payload of a packet begins (RFC 3550, 5.1 and 5.3.1); undefined when there is no whole header. */
function payloadOffset(datagram: Buffer): number | undefined {
  if (datagram.length < FIXED_HEADER_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  const end = FIXED_HEADER_BYTES + (first & 0x0f) * 4;
  const hasExtension = (first & 0x10) !== 0;
  if (!hasExtension) return end;
  return end + 4 <= datagram.length ? end + 4 + datagram.readUInt16BE(end + 2) * 4 : undefined;
}

function withoutPadding(payload: Buffer): Buffer | undefined {
  const padding = payload.at(-1) ?? 0;
  return padding > 0 && padding <= payload.length ? payload.subarray(0, payload.length - padding) : undefined;
}
