/** The burnt-in clock has one macroblock for each block, from (0, CLOCK_STRIP.y) on; see `burntClock` of the rig. */
export const CLOCK_STRIP = { x: 0, y: 16, scale: 2 / 3 };
const CLOCK_BLOCKS = 40;
const MACROBLOCK = 16;

const white = Buffer.concat([Buffer.alloc(256, 235), Buffer.alloc(128, 128)]);
const black = Buffer.concat([Buffer.alloc(256, 16), Buffer.alloc(128, 128)]);

/** Writes the bit strings of ITU-T H.264, 7.2 and 9.1. */
class BitWriter {
  private readonly chunks: Uint8Array[] = [];
  private bytes: number[] = [];
  private current = 0;
  private bits = 0;

  u(count: number, value: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.current = (this.current << 1) | ((value >> bit) & 1);
      if (++this.bits < 8) continue;
      this.bytes.push(this.current);
      this.current = 0;
      this.bits = 0;
    }
  }

  ue(value: number): void {
    const length = 32 - Math.clz32(value + 1);
    this.u(length - 1, 0);
    this.u(length, value + 1);
  }

  /** Writes zero bits up to the next byte, then these bytes as they are. */
  aligned(bytes: Uint8Array): void {
    if (this.bits > 0) this.u(8 - this.bits, 0);
    this.chunks.push(Buffer.from(this.bytes), bytes);
    this.bytes = [];
  }

  /** Writes rbsp_trailing_bits and returns all that was written. */
  finish(): Buffer {
    this.u(1, 1);
    if (this.bits > 0) this.u(8 - this.bits, 0);
    return Buffer.concat([...this.chunks, Buffer.from(this.bytes)]);
  }
}

/** Builds a NAL unit with its emulation prevention bytes (7.4.1). */
function nalUnit(header: number, payload: Buffer): Buffer {
  const out: Uint8Array[] = [Buffer.from([header])];
  let from = 0;
  for (let at = payload.indexOf('0000', 0, 'hex'); at >= 0; at = payload.indexOf('0000', at, 'hex')) {
    at += 2;
    if (at < payload.length && (payload[at] ?? 0) > 3) continue;
    out.push(payload.subarray(from, at), Buffer.from([3]));
    from = at;
  }
  return Buffer.concat([...out, payload.subarray(from)]);
}

const NAL = { slice: 0x61, idr: 0x65, sps: 0x67, pps: 0x68 } as const;
const SLICE_P = 5;
const SLICE_I = 7;
const I_PCM = 25;
const I_16X16_DC = 3;
const P_TO_I = 5;

/** Returns the 40 blocks of a time: 32 bits of ms, then a checksum, as `readClock` of the rig reads them. */
function clockBlocks(epochMs: number): boolean[] {
  const value = Math.floor(epochMs) % 2 ** 32;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) & 255);
  bytes.push((bytes.reduce((sum, byte) => sum + byte, 0) + 90) & 255);
  return Array.from({ length: CLOCK_BLOCKS }, (_, i) => (((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1);
}

/**
 * A constrained baseline encoder for one picture: grey, with a clock drawn in raw macroblocks. Pictures in between repeat
 * everything but the clock, so a picture costs next to nothing to make and 16 kB to send: about what a shared screen takes at
 * 15 pictures a second.
 */
export class H264Picture {
  private readonly columns: number;
  private readonly rows: number;
  private frame = 0;
  private idr = 0;
  readonly width: number;
  readonly height: number;

  /** Creates an encoder for a size of at least 640 x 32. */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.columns = Math.ceil(width / MACROBLOCK);
    this.rows = Math.ceil(height / MACROBLOCK);
  }

  /** Returns the NAL units of a picture that shows the time `epochMs`. */
  draw(epochMs: number, isKey: boolean): Buffer[] {
    const blocks = clockBlocks(epochMs);
    if (isKey) {
      this.frame = 0;
      return [this.sps(), this.pps(), this.keySlice(blocks)];
    }
    this.frame = (this.frame + 1) & 0xff;
    return [this.slice(blocks)];
  }

  private sps(): Buffer {
    const bits = new BitWriter();
    const cropRight = (this.columns * MACROBLOCK - this.width) / 2;
    const cropBottom = (this.rows * MACROBLOCK - this.height) / 2;
    bits.u(8, 66); // baseline
    bits.u(8, 0xc0); // constrained
    bits.u(8, 51);
    bits.ue(0);
    bits.ue(4); // frame_num has 8 bits
    bits.ue(2); // decoded in the order shown
    bits.ue(1);
    bits.u(1, 0);
    bits.ue(this.columns - 1);
    bits.ue(this.rows - 1);
    bits.u(2, 0b11);
    const isCropped = cropRight + cropBottom > 0;
    bits.u(1, isCropped ? 1 : 0);
    if (isCropped) for (const crop of [0, cropRight, 0, cropBottom]) bits.ue(crop);
    bits.u(1, 0);
    return nalUnit(NAL.sps, bits.finish());
  }

  private pps(): Buffer {
    const bits = new BitWriter();
    bits.ue(0);
    bits.ue(0);
    bits.u(2, 0);
    for (let i = 0; i < 3; i++) bits.ue(0);
    bits.u(3, 0);
    for (let i = 0; i < 3; i++) bits.ue(0);
    bits.u(3, 0b100); // slices say themselves that they aren't deblocked
    return nalUnit(NAL.pps, bits.finish());
  }

  private header(bits: BitWriter, type: number): void {
    bits.ue(0);
    bits.ue(type);
    bits.ue(0);
    bits.u(8, this.frame);
    if (type === SLICE_I) {
      bits.ue(this.idr++ & 0xff);
      bits.u(2, 0);
    } else {
      bits.u(3, 0);
    }
    bits.ue(0);
    bits.ue(1); // not deblocked
  }

  private keySlice(blocks: readonly boolean[]): Buffer {
    const bits = new BitWriter();
    this.header(bits, SLICE_I);
    const isRaw = (row: number, column: number) =>
      row === CLOCK_STRIP.y / MACROBLOCK && column >= 0 && column < CLOCK_BLOCKS;
    for (let row = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++) {
        if (isRaw(row, column)) {
          bits.ue(I_PCM);
          bits.aligned(blocks[column] === true ? white : black);
          continue;
        }
        bits.ue(I_16X16_DC);
        bits.ue(0);
        bits.ue(0);
        // The macroblock has no coefficients; how that is written depends on the neighbours (9.2.1), and raw ones count as
        // full.
        if (isRaw(row, column - 1) || isRaw(row - 1, column)) bits.u(6, 0b000011);
        else bits.u(1, 1);
      }
    }
    return nalUnit(NAL.idr, bits.finish());
  }

  private slice(blocks: readonly boolean[]): Buffer {
    const bits = new BitWriter();
    this.header(bits, SLICE_P);
    const before = (CLOCK_STRIP.y / MACROBLOCK) * this.columns;
    for (const [i, isWhite] of blocks.entries()) {
      bits.ue(i === 0 ? before : 0);
      bits.ue(P_TO_I + I_PCM);
      bits.aligned(isWhite ? white : black);
    }
    bits.ue(this.columns * this.rows - before - CLOCK_BLOCKS);
    return nalUnit(NAL.slice, bits.finish());
  }
}
