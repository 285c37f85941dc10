import { BitReader, nullIfTruncated } from '@hindsight/mp4/boxes/bit-reader';
import type { PictureSize } from '@hindsight/mp4/fragments/video-config';
import type { VpxFormat } from './vpx-config.ts';

/** The fields of a VP9 frame header that a recorder needs. */
export type Vp9Header = { isKey: false } | ({ isKey: true } & PictureSize & VpxFormat);

const FRAME_MARKER = 2;
const SYNC_CODE = 0x498342;
const RGB = 7;
/** Chroma subsampling has these values in vpcC (see VpxFormat). */
const CHROMA = { 420: 1, 422: 2, 444: 3 } as const;

/** Reads the uncompressed header of a frame (VP9 bitstream specification, 6.2). Returns null when it is none. */
export function parseVp9Header(frame: Buffer): Vp9Header | null {
  return nullIfTruncated(() => readHeader(new BitReader(frame)));
}

function readHeader(bits: BitReader): Vp9Header | null {
  if (bits.read(2) !== FRAME_MARKER) return null;
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3 && bits.flag()) return null; // reserved_zero
  const showsExisting = bits.flag();
  if (showsExisting) return { isKey: false };
  const isKey = !bits.flag();
  bits.skip(2); // show_frame, error_resilient_mode
  if (!isKey) return { isKey: false };
  if (bits.read(24) !== SYNC_CODE) return null;
  const bitDepth = profile < 2 ? 8 : bits.flag() ? 12 : 10;
  const isRgb = bits.read(3) === RGB;
  const isFullRange = isRgb || bits.flag();
  const chromaSubsampling = readSubsampling(bits, profile, isRgb);
  const width = bits.read(16) + 1;
  const height = bits.read(16) + 1;
  return { isKey: true, width, height, profile, bitDepth, chromaSubsampling, isFullRange };
}

/** Reads the subsampling of color_config() (6.2.2). Only odd profiles may have something other than 4:2:0. */
function readSubsampling(bits: BitReader, profile: number, isRgb: boolean): number {
  if (profile % 2 === 0) return CHROMA[420];
  const isHalfWidth = !isRgb && bits.flag();
  const isHalfHeight = !isRgb && bits.flag();
  bits.skip(1); // reserved_zero
  if (!isHalfWidth) return CHROMA[444];
  return isHalfHeight ? CHROMA[420] : CHROMA[422];
}
