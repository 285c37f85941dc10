import type { VideoConfig } from '@hindsight/mp4/fragments/video-config';

/** Codecs that browsers publish, by their names in SDP. */
export type VideoCodec = 'h264' | 'vp8' | 'vp9' | 'av1';

/** One coded picture, as a sample of an MP4 file has it. Decoding can begin at a keyframe, with its configuration. */
export type Picture = {
  /** In pieces, so that they aren't copied before they are written. */
  chunks: readonly Buffer[];
} & ({ isKey: true; config: VideoConfig } | { isKey: false });

/** The first bytes of a picture, where its header stands: at least `count` of them, if it has as many. */
export function headOf(chunks: readonly Buffer[], count: number): Buffer {
  const [first = Buffer.alloc(0)] = chunks;
  return first.length >= count ? first : Buffer.concat(chunks.slice(0, count));
}
