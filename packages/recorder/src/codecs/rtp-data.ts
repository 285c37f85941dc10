import type { VideoCodec } from './picture.ts';

/** The two tracks of a share. */
export type MediaKind = 'video' | 'audio';

/** What the recorder needs of an RTP packet (RFC 3550, 5.1). */
export interface RtpData {
  sequenceNumber: number;
  timestamp: number;
  isMarker: boolean;
  payloadType: number;
  /** What the payload type was negotiated for; undefined for sound. */
  codec?: VideoCodec | undefined;
  payload: Buffer;
  /** When it arrived, epoch ms. */
  arrivalMs: number;
}
