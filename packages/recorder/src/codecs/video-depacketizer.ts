import { Av1Payload } from './av1-payload.ts';
import { H264Payload } from './h264-payload.ts';
import { PictureAssembler, type PayloadFormat } from './picture-assembler.ts';
import type { Picture, VideoCodec } from './picture.ts';
import type { RtpData } from './rtp-data.ts';
import { Vp8Payload } from './vp8-payload.ts';
import { Vp9Payload } from './vp9-payload.ts';

const FORMATS: Record<VideoCodec, new () => PayloadFormat> = {
  h264: H264Payload,
  vp8: Vp8Payload,
  vp9: Vp9Payload,
  av1: Av1Payload,
};

interface VideoDepacketizerOptions {
  deliver: (picture: Picture, timestamp: number) => void;
  onDamage: () => void;
}

/** Turns the RTP packets of a video track into coded pictures, whatever their codec. A publisher may change it at any time. */
export class VideoDepacketizer {
  private readonly options: VideoDepacketizerOptions;
  private codec: VideoCodec | undefined;
  private assembler: PictureAssembler | undefined;

  constructor(options: VideoDepacketizerOptions) {
    this.options = options;
  }

  /** Takes packets in order. With `isAfterLoss`, packets between this and the last one are missing. */
  push(packet: RtpData, isAfterLoss: boolean): void {
    const { codec } = packet;
    if (codec === undefined) return;
    if (this.assembler === undefined || codec !== this.codec) {
      this.codec = codec;
      this.assembler = new PictureAssembler({ ...this.options, format: new FORMATS[codec]() });
    }
    this.assembler.push(packet, isAfterLoss);
  }
}
