import type { VideoConfig } from '@hindsight/mp4/fragments/video-config';

/** Browsers publish these video codecs, named as in SDP. */
export type VideoCodec = 'h264' | 'vp8' | 'vp9' | 'av1';

/** One coded picture, as a sample of an MP4 file has it. Decoding can begin at a keyframe, with its configuration. */
export type Picture = {
  /** The payload stays in pieces, so that it isn't copied before it is written. */
  chunks: readonly Buffer[];
} & ({ isKey: true; config: VideoConfig } | { isKey: false });

/**
 * Returns a picture in memory of its own. One that has to wait is replaced by this: once V8 has seen that such objects last, it
 * puts all that are made at the same place among its lasting ones, and there each keeps its packets until everything is collected.
 */
export function detached(picture: Picture): Picture {
  return { ...picture, chunks: [Buffer.concat(picture.chunks)] };
}

/** Returns the beginning of a picture, where its header is: at least `count` bytes, if it has as many. */
export function firstBytes(chunks: readonly Buffer[], count: number): Buffer {
  const [first = Buffer.alloc(0)] = chunks;
  return first.length >= count ? first : Buffer.concat(chunks.slice(0, count));
}
