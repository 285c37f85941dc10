import { hash } from 'node:crypto';

/** A tag is the beginning of the hash. */
export const TAG_BYTES = 10;
const HASH_BLOCK_BYTES = 64;
const HASH_BYTES = 20;
/** The roll-over count is authenticated with each packet although it isn't sent (RFC 3711, 4.2). */
const ROLLOVER_BYTES = 4;

/**
 * Checks the HMAC-SHA1 of packets (RFC 2104; RFC 3711, 4.2.1). It is made of its two hashes, because Node makes an object for
 * each HMAC, which costs more than both of them.
 */
export class PacketAuthenticator {
  private readonly key = Buffer.alloc(HASH_BLOCK_BYTES);
  /** The key and the message, which are hashed first; it grows to the longest message. */
  private inner: Buffer;
  /** The key and the hash of those, which are hashed last. */
  private readonly outer = Buffer.alloc(HASH_BLOCK_BYTES + HASH_BYTES);

  constructor(key: Buffer) {
    key.copy(this.key);
    this.inner = this.roomFor(0);
    for (let i = 0; i < HASH_BLOCK_BYTES; i++) this.outer[i] = (this.key[i] ?? 0) ^ 0x5c;
  }

  /** Whether the tag of a message, which follows it at `end`, is right. A wrong one takes as long, wherever it is wrong. */
  proves(datagram: Buffer, end: number, rollover: number): boolean {
    const size = HASH_BLOCK_BYTES + end + ROLLOVER_BYTES;
    if (this.inner.length < size) this.inner = this.roomFor(end);
    datagram.copy(this.inner, HASH_BLOCK_BYTES, 0, end);
    this.inner.writeUInt32BE(rollover, HASH_BLOCK_BYTES + end);
    // A hash as text costs half of what one in a Buffer does; in this encoding each character is a byte.
    this.outer.write(hash('sha1', this.inner.subarray(0, size), 'binary'), HASH_BLOCK_BYTES, 'latin1');
    const tag = hash('sha1', this.outer, 'binary');
    let difference = 0;
    for (let i = 0; i < TAG_BYTES; i++) difference |= tag.charCodeAt(i) ^ (datagram[end + i] ?? 0);
    return difference === 0;
  }

  private roomFor(messageBytes: number): Buffer {
    const inner = Buffer.alloc(HASH_BLOCK_BYTES + messageBytes + ROLLOVER_BYTES);
    for (let i = 0; i < HASH_BLOCK_BYTES; i++) inner[i] = (this.key[i] ?? 0) ^ 0x36;
    return inner;
  }
}
