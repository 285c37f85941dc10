/** Size of the shown picture, in pixels. */
export interface PictureSize {
  width: number;
  height: number;
}

/** Codecs that browsers publish, by their names in SDP. */
export type VideoCodec = 'h264' | 'vp8' | 'vp9' | 'av1';

/** What a decoder must know before it gets pictures, as MP4 carries it. */
export interface VideoConfig extends PictureSize {
  /** Four-character code of the sample entry (ISO/IEC 14496-12, 8.5.2). */
  sampleEntry: 'avc1' | 'vp08' | 'vp09' | 'av01';
  /** The box with the codec's own parameters: avcC, vpcC or av1C. */
  configBox: Buffer;
}

/** One coded picture, as a sample of an MP4 file has it. Decoding can begin at a keyframe, with its configuration. */
export type Picture = {
  /** In pieces, so that they aren't copied before they are written. */
  chunks: readonly Buffer[];
} & ({ isKey: true; config: VideoConfig } | { isKey: false });

export function isSameConfig(a: VideoConfig, b: VideoConfig): boolean {
  return (
    a.sampleEntry === b.sampleEntry &&
    a.width === b.width &&
    a.height === b.height &&
    a.configBox.equals(b.configBox)
  );
}

/** The first bytes of a picture, where its header stands: at least `count` of them, if it has as many. */
export function headOf(chunks: readonly Buffer[], count: number): Buffer {
  const [first = Buffer.alloc(0)] = chunks;
  return first.length >= count ? first : Buffer.concat(chunks.slice(0, count));
}
