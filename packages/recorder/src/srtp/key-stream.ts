import { createCipheriv, type Cipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
/** Node makes an object for each message that it encrypts, which costs more than the message, so one is of this many packets. */
const PACKETS_AT_ONCE = 16;
/** The index of a packet, of 48 bits, is behind the SSRC in the counters, and the number of the block is the last of them. */
const INDEX_AT = 8;
const BLOCK_NUMBER_AT = 14;

/** Returns the cipher of AES in counter mode for all sources and packets of a connection. */
export function blockCipher(key: Buffer): Cipheriv {
  return createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
}

/**
 * Decrypts the packets of one source that were encrypted with AES in counter mode (RFC 3711, 4.1.1). What is added to a packet
 * depends on its index alone, so it is made for the packets that come next as well.
 */
export class KeyStream {
  private readonly cipher: Cipheriv;
  /** The counter of the first block of the packet with the index 0. */
  private readonly origin = Buffer.alloc(BLOCK_BYTES);
  private counters: Buffer = Buffer.alloc(0);
  private stream: Buffer = Buffer.alloc(0);
  private blocksEach = 0;
  /** The stream is of PACKETS_AT_ONCE packets from this index on. */
  private from = NaN;

  constructor(cipher: Cipheriv, salt: Buffer, ssrc: number) {
    this.cipher = cipher;
    salt.copy(this.origin);
    this.origin.writeUInt32BE((this.origin.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  }

  /** Decrypts a payload in its place. */
  decrypt(payload: Buffer, index: number): void {
    const blocks = Math.ceil(payload.length / BLOCK_BYTES);
    const isReady = index >= this.from && index < this.from + PACKETS_AT_ONCE && blocks <= this.blocksEach;
    if (!isReady) this.make(index, blocks);
    add(payload, this.stream, (index - this.from) * this.blocksEach * BLOCK_BYTES);
  }

  private make(from: number, blocks: number): void {
    if (blocks > this.blocksEach) {
      this.blocksEach = blocks;
      this.counters = Buffer.alloc(PACKETS_AT_ONCE * blocks * BLOCK_BYTES, this.origin);
      this.stream = Buffer.alloc(this.counters.length);
      for (let block = 0; block < PACKETS_AT_ONCE * blocks; block++)
        this.counters.writeUInt16BE(block % blocks, block * BLOCK_BYTES + BLOCK_NUMBER_AT);
    }
    this.from = from;
    for (let packet = 0; packet < PACKETS_AT_ONCE; packet++) this.setIndex(packet, from + packet);
    // The buffer that Node makes for this would be taken for a lasting one by the garbage collector, so it is left at once.
    this.cipher.update(this.counters).copy(this.stream);
  }

  private setIndex(packet: number, index: number): void {
    const { counters, origin, blocksEach } = this;
    const rollover = (origin.readUInt32BE(INDEX_AT) ^ Math.floor(index / 0x10000)) >>> 0;
    const number = origin.readUInt16BE(INDEX_AT + 4) ^ (index & 0xffff);
    const from = packet * blocksEach * BLOCK_BYTES + INDEX_AT;
    const isSameRollover = counters.readUInt32BE(from) === rollover;
    for (let block = 0; block < blocksEach; block++) {
      const at = from + block * BLOCK_BYTES;
      if (!isSameRollover) counters.writeUInt32BE(rollover, at);
      counters[at + 4] = number >> 8;
      counters[at + 5] = number & 0xff;
    }
  }
}

/** Adds the stream from an offset on to a payload, four bytes at once where it lies so in memory. */
function add(payload: Buffer, stream: Buffer, offset: number): void {
  let done = 0;
  const streamOffset = stream.byteOffset + offset;
  if (payload.byteOffset % 4 === 0 && streamOffset % 4 === 0) {
    const words = payload.length >> 2;
    const to = new Int32Array(payload.buffer, payload.byteOffset, words);
    const from = new Int32Array(stream.buffer, streamOffset, words);
    for (let i = 0; i < words; i++) to[i] = (to[i] ?? 0) ^ (from[i] ?? 0);
    done = words * 4;
  }
  for (; done < payload.length; done++) payload[done] = (payload[done] ?? 0) ^ (stream[offset + done] ?? 0);
}
