import { BitReader, nullIfTruncated } from '@hindsight/mp4/boxes/bit-reader';
import { box, bytes } from '@hindsight/mp4/boxes/box-writer';
import type { PictureSize, VideoConfig } from '@hindsight/mp4/fragments/video-config';

/** These are the fields of a sequence header (AV1 bitstream specification, 5.5) that av1C repeats. */
export interface Av1Sequence extends PictureSize {
  profile: number;
  level: number;
  tier: number;
  bitDepth: number;
  isMonochrome: boolean;
  /** A value of 1 halves chroma in this direction. */
  subsamplingX: number;
  subsamplingY: number;
  chromaSamplePosition: number;
}

type ColorConfig = Pick<
  Av1Sequence,
  'bitDepth' | 'isMonochrome' | 'subsamplingX' | 'subsamplingY' | 'chromaSamplePosition'
>;

/** Reads a sequence header. Returns null when the bytes are not a valid one of a video. */
export function parseSequenceHeader(payload: Buffer): Av1Sequence | null {
  return nullIfTruncated(() => readSequence(new BitReader(payload)));
}

function readSequence(bits: BitReader): Av1Sequence | null {
  const profile = bits.read(3);
  bits.skip(1); // still_picture
  const isReduced = bits.flag();
  // A still picture has another frame header, and browsers never send one.
  if (profile > 2 || isReduced) return null;
  const delayBits = bits.flag() ? readTimingInfo(bits) : null;
  const { level, tier } = readOperatingPoints(bits, delayBits);
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const width = bits.read(widthBits) + 1;
  const height = bits.read(heightBits) + 1;
  if (bits.flag()) bits.skip(7); // frame_id_numbers_present_flag
  bits.skip(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  skipTools(bits);
  bits.skip(3); // enable_superres, enable_cdef, enable_restoration
  return { profile, level, tier, width, height, ...readColorConfig(bits, profile) };
}

/**
 * Reads timing_info() and decoder_model_info(). Returns how many bits a delay has in operating points; null without a decoder
 * model.
 */
function readTimingInfo(bits: BitReader): number | null {
  bits.skip(64); // num_units_in_display_tick, time_scale
  if (bits.flag()) bits.unsigned(); // num_ticks_per_picture_minus_1
  if (!bits.flag()) return null;
  const delayBits = bits.read(5) + 1;
  bits.skip(32 + 5 + 5); // num_units_in_decoding_tick, buffer_removal_time_length, frame_presentation_time_length
  return delayBits;
}

/** Reads the operating points and returns the first, which has all layers. */
function readOperatingPoints(bits: BitReader, delayBits: number | null): { level: number; tier: number } {
  const hasDisplayDelay = bits.flag();
  const count = bits.read(5) + 1;
  const points: { level: number; tier: number }[] = [];
  for (let i = 0; i < count; i++) {
    bits.skip(12); // operating_point_idc
    const level = bits.read(5);
    points.push({ level, tier: level > 7 ? bits.read(1) : 0 });
    if (delayBits !== null && bits.flag()) bits.skip(2 * delayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.skip(4);
  }
  return points[0] ?? { level: 0, tier: 0 };
}

function skipTools(bits: BitReader): void {
  bits.skip(4); // interintra, masked, warped, dual filter
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.skip(2); // jnt_comp, ref_frame_mvs
  const choosesScreenContent = bits.flag();
  const mayHaveScreenContent = choosesScreenContent || bits.flag();
  const choosesIntegerMv = mayHaveScreenContent ? bits.flag() : true;
  if (!choosesIntegerMv) bits.skip(1); // seq_force_integer_mv
  if (hasOrderHint) bits.skip(3); // order_hint_bits_minus_1
}

const SRGB = { primaries: 1, transfer: 13, matrix: 0 } as const;

/** Reads color_config() (5.5.2). */
function readColorConfig(bits: BitReader, profile: number): ColorConfig {
  const isHigh = bits.flag();
  const bitDepth = isHigh ? (profile === 2 && bits.flag() ? 12 : 10) : 8;
  const isMonochrome = profile !== 1 && bits.flag();
  const colors = bits.flag()
    ? { primaries: bits.read(8), transfer: bits.read(8), matrix: bits.read(8) }
    : null;
  const isSrgb =
    colors?.primaries === SRGB.primaries &&
    colors.transfer === SRGB.transfer &&
    colors.matrix === SRGB.matrix;
  const base = { bitDepth, isMonochrome, chromaSamplePosition: 0 };
  if (isMonochrome) return { ...base, subsamplingX: 1, subsamplingY: 1 };
  if (isSrgb) return { ...base, subsamplingX: 0, subsamplingY: 0 };
  bits.skip(1); // color_range
  if (profile === 1) return { ...base, subsamplingX: 0, subsamplingY: 0 };
  const subsamplingX = profile === 0 || bitDepth < 12 ? 1 : bits.read(1);
  const subsamplingY = profile === 0 ? 1 : bitDepth < 12 || subsamplingX === 0 ? 0 : bits.read(1);
  const chromaSamplePosition = subsamplingX === 1 && subsamplingY === 1 ? bits.read(2) : 0;
  return { ...base, subsamplingX, subsamplingY, chromaSamplePosition };
}

/**
 * Writes the av1C box (AV1 Codec ISO Media File Format Binding, 2.3).
 * @param sequenceObu the sequence header OBU with its size field
 */
export function av1Config(sequence: Av1Sequence, sequenceObu: Buffer): VideoConfig {
  const { width, height, profile, level, tier, bitDepth } = sequence;
  const flags =
    (tier << 7) |
    ((bitDepth > 8 ? 1 : 0) << 6) |
    ((bitDepth === 12 ? 1 : 0) << 5) |
    ((sequence.isMonochrome ? 1 : 0) << 4) |
    (sequence.subsamplingX << 3) |
    (sequence.subsamplingY << 2) |
    sequence.chromaSamplePosition;
  const markerAndVersion = 0x81;
  return {
    width,
    height,
    sampleEntry: 'av01',
    configBox: box('av1C', bytes(markerAndVersion, (profile << 5) | level, flags, 0), sequenceObu),
  };
}
