import { OPUS_RATE, VIDEO_RATE } from '@hindsight/mp4/fragments/track-rates';
import type { VideoCodec } from './picture.ts';

/** The kinds of the two tracks that a share can have. */
export const MEDIA_KINDS = ['video', 'audio'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** RTP timestamps of each kind have this many ticks per second. */
export const RTP_RATES = { video: VIDEO_RATE, audio: OPUS_RATE } as const;

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

/** Reads the header of an RTP packet whose payload has been decrypted. */
export function rtpDataOf(
  datagram: Buffer,
  payload: Buffer,
  codec: VideoCodec | undefined,
  arrivalMs: number,
): RtpData {
  const second = datagram.readUInt8(1);
  return {
    sequenceNumber: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    isMarker: second >> 7 === 1,
    payloadType: second & 0x7f,
    codec,
    payload,
    arrivalMs,
  };
}

/** Reads the payload type in the header of an RTP packet. */
export function payloadTypeOf(datagram: Buffer): number {
  return datagram.readUInt8(1) & 0x7f;
}
