import { BitReader, nullIfTruncated } from '@hindsight/mp4/boxes/bit-reader';
import type { PictureSize } from '@hindsight/mp4/fragments/video-config';

/** These are the properties of the pictures that an SPS describes. */
export interface SpsInfo extends PictureSize {
  /** Some profiles state chroma format and bit depths; null means 4:2:0 with 8 bits. */
  chroma: { format: number; lumaBits: number; chromaBits: number } | null;
}

/** An SPS with one of these profile_idc values carries chroma and scaling fields (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Level 6.2 allows 139264 macroblocks, with at most sqrt(8 * 139264) = 1055 of them on a side. */
const MAX_MACROBLOCKS_PER_SIDE = 1055;

/** A longer SPS is refused; a browser's has some 30 bytes. */
const MAX_SPS_BYTES = 1024;
/** H.264 has no higher bit depth (A.2). */
const MAX_BIT_DEPTH = 14;

/** Reads a sequence parameter set (ITU-T H.264, 7.3.2.1.1). @returns null when the bytes are not a valid SPS */
export function parseSps(sps: Buffer): SpsInfo | null {
  if (sps.length > MAX_SPS_BYTES) return null;
  return nullIfTruncated(() => readSps(new BitReader(withoutEmulationPrevention(sps))));
}

function readSps(bits: BitReader): SpsInfo | null {
  const profile = bits.read(8);
  bits.skip(16); // constraint flags, level_idc
  bits.unsigned(); // seq_parameter_set_id
  let chroma: SpsInfo['chroma'] = null;
  if (HIGH_PROFILES.has(profile)) {
    const format = bits.unsigned();
    if (format > 3) return null;
    if (format === 3) bits.skip(1); // separate_colour_plane_flag
    chroma = { format, lumaBits: 8 + bits.unsigned(), chromaBits: 8 + bits.unsigned() };
    if (Math.max(chroma.lumaBits, chroma.chromaBits) > MAX_BIT_DEPTH) return null;
    bits.skip(1); // qpprime_y_zero_transform_bypass_flag
    if (bits.flag()) skipScalingMatrices(bits, format);
  }
  const chromaFormat = chroma?.format ?? 1;
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
  return width > 0 && height > 0 ? { width, height, chroma } : null;
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

/** Removes the NAL header and the emulation prevention bytes (7.4.1: 00 00 03 becomes 00 00). */
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
