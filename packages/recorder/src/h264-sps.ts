/** Size of the shown picture, in pixels. */
export interface PictureSize {
  width: number;
  height: number;
}

/** profile_idc values whose SPS carries chroma and scaling fields (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Level 6.2 allows 139264 macroblocks, a side of at most sqrt(8 * that) = 1055 of them. */
const MAX_MACROBLOCKS_PER_SIDE = 1055;

/**
 * Reads the picture size from a sequence parameter set (ITU-T H.264, 7.3.2.1.1).
 * @returns null when the bytes are not a sound SPS
 */
export function parseSps(sps: Buffer): PictureSize | null {
  try {
    return readSps(new BitReader(withoutEmulationPrevention(sps)));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readSps(bits: BitReader): PictureSize | null {
  const profile = bits.read(8);
  bits.skip(16); // constraint flags, level_idc
  bits.unsigned(); // seq_parameter_set_id
  let chromaFormat = 1;
  if (HIGH_PROFILES.has(profile)) {
    chromaFormat = bits.unsigned();
    if (chromaFormat > 3) return null;
    if (chromaFormat === 3) bits.skip(1); // separate_colour_plane_flag
    bits.unsigned(); // bit_depth_luma_minus8
    bits.unsigned(); // bit_depth_chroma_minus8
    bits.skip(1); // qpprime_y_zero_transform_bypass_flag
    if (bits.flag()) skipScalingMatrices(bits, chromaFormat);
  }
  bits.unsigned(); // log2_max_frame_num_minus4
  skipPictureOrderCount(bits);
  bits.unsigned(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const columns = bits.unsigned() + 1;
  const rows = bits.unsigned() + 1;
  const isFrameOnly = bits.flag();
  if (!isFrameOnly) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const crop = bits.flag()
    ? { left: bits.unsigned(), right: bits.unsigned(), top: bits.unsigned(), bottom: bits.unsigned() }
    : { left: 0, right: 0, top: 0, bottom: 0 };

  const rowsPerUnit = isFrameOnly ? 1 : 2;
  if (columns > MAX_MACROBLOCKS_PER_SIDE || rows * rowsPerUnit > MAX_MACROBLOCKS_PER_SIDE) return null;
  const cropX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const cropY = (chromaFormat === 1 ? 2 : 1) * rowsPerUnit;
  const width = columns * 16 - cropX * (crop.left + crop.right);
  const height = rows * 16 * rowsPerUnit - cropY * (crop.top + crop.bottom);
  return width > 0 && height > 0 ? { width, height } : null;
}

function skipPictureOrderCount(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) {
    bits.unsigned(); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    bits.skip(1); // delta_pic_order_always_zero_flag
    bits.signed(); // offset_for_non_ref_pic
    bits.signed(); // offset_for_top_to_bottom_field
    const cycleLength = bits.unsigned();
    for (let i = 0; i < cycleLength; i++) bits.signed();
  }
}

function skipScalingMatrices(bits: BitReader, chromaFormat: number): void {
  const lists = chromaFormat === 3 ? 12 : 8;
  for (let list = 0; list < lists; list++) {
    if (!bits.flag()) continue;
    const size = list < 6 ? 16 : 64;
    let last = 8;
    let next = 8;
    for (let i = 0; i < size && next !== 0; i++) {
      next = (last + bits.signed() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

/** Takes the NAL header and the emulation prevention bytes (7.4.1: 00 00 03 -> 00 00) out. */
function withoutEmulationPrevention(nal: Buffer): Buffer {
  const bytes: number[] = [];
  let zeros = 0;
  for (const byte of nal.subarray(1)) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(bytes);
}

/** Throws RangeError at the end of the bytes, so that no loop over broken input runs on. */
class BitReader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  flag(): boolean {
    const byte = this.bytes[this.at >> 3];
    if (byte === undefined) throw new RangeError('read past the end of the parameter set');
    return ((byte >> (7 - (this.at++ & 7))) & 1) === 1;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + (this.flag() ? 1 : 0);
    return value;
  }

  skip(count: number): void {
    this.read(count);
  }

  /** ue(v), 9.1 */
  unsigned(): number {
    let zeros = 0;
    while (!this.flag()) if (++zeros > 32) throw new RangeError('an Exp-Golomb code is too long');
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v), 9.1.1 */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
