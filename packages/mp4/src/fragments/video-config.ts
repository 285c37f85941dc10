/** Width and height are those of the shown picture, in pixels. */
export interface PictureSize {
  width: number;
  height: number;
}

/** The configuration that a decoder needs before the first picture, as MP4 carries it. */
export interface VideoConfig extends PictureSize {
  /** This is the four-character code of the sample entry (ISO/IEC 14496-12, 8.5.2). */
  sampleEntry: 'avc1' | 'vp08' | 'vp09' | 'av01';
  /** This box has the codec's own parameters: avcC, vpcC or av1C. */
  configBox: Buffer;
}

export function isSameConfig(a: VideoConfig, b: VideoConfig): boolean {
  return (
    a.sampleEntry === b.sampleEntry &&
    a.width === b.width &&
    a.height === b.height &&
    a.configBox.equals(b.configBox)
  );
}
