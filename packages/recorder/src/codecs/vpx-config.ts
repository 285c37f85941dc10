import { bytes, fullBox, uint16 } from '@hindsight/mp4/boxes/box-writer';
import type { PictureSize, VideoConfig } from '@hindsight/mp4/fragments/video-config';

/** This is the coding of a VP8 or VP9 stream, as its keyframes state it. */
export interface VpxFormat {
  profile: number;
  bitDepth: number;
  /** Chroma subsampling as vpcC counts it: 1 is 4:2:0 with chroma at the place of luma, 2 is 4:2:2, 3 is 4:4:4. */
  chromaSubsampling: number;
  isFullRange: boolean;
}

/**
 * A row is a VP9 level: ten times its name, the most samples per second, the most samples per picture
 * (webmproject.org/vp9/levels).
 */
const LEVELS = [
  [10, 829_440, 36_864],
  [11, 2_764_800, 73_728],
  [20, 4_608_000, 122_880],
  [21, 9_216_000, 245_760],
  [30, 20_736_000, 552_960],
  [31, 36_864_000, 983_040],
  [40, 83_558_400, 2_228_224],
  [41, 160_432_128, 2_228_224],
  [50, 311_951_360, 8_912_896],
  [51, 588_251_136, 8_912_896],
  [52, 1_176_502_272, 8_912_896],
  [60, 1_176_502_272, 35_651_584],
  [61, 2_353_004_544, 35_651_584],
] as const;
const HIGHEST_LEVEL = 62;
/** No browser shares a screen at a higher rate. */
const FRAMES_PER_SECOND = 60;
/** The colours are unspecified here (ISO/IEC 23091-2), so what the stream itself says applies. */
const UNSPECIFIED = 2;

function levelOf({ width, height }: PictureSize): number {
  const samples = width * height;
  const level = LEVELS.find(
    ([, perSecond, perPicture]) => samples <= perPicture && samples * FRAMES_PER_SECOND <= perSecond,
  );
  return level?.[0] ?? HIGHEST_LEVEL;
}

/** Builds the video configuration with the vpcC box (VP Codec ISO Media File Format Binding, webmproject.org/vp9/mp4). */
export function vpxConfig(
  sampleEntry: 'vp08' | 'vp09',
  size: PictureSize,
  { profile, bitDepth, chromaSubsampling, isFullRange }: VpxFormat,
): VideoConfig {
  const noInitializationData = uint16(0);
  return {
    ...size,
    sampleEntry,
    configBox: fullBox(
      'vpcC',
      1,
      0,
      bytes(profile, levelOf(size), (bitDepth << 4) | (chromaSubsampling << 1) | (isFullRange ? 1 : 0)),
      bytes(UNSPECIFIED, UNSPECIFIED, UNSPECIFIED),
      noInitializationData,
    ),
  };
}
