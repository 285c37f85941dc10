import type { VideoCodec } from './picture.ts';

/** The kinds of the two tracks that a share can have. */
export const MEDIA_KINDS = ['video', 'audio'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** The parts of an RTP packet that the recorder needs (RFC 3550, 5.1). */
export interface RtpData {
  sequenceNumber: number;
  timestamp: number;
  isMarker: boolean;
  payloadType: number;
  /** The codec that the payload type was negotiated for; undefined for audio. */
  codec?: VideoCodec | undefined;
  payload: Buffer;
  /** The packet arrived at this time, in epoch ms. */
  arrivalMs: number;
}
