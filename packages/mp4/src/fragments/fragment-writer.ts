import { box, fullBox, uint32 } from '../boxes/box-writer.ts';
import { AUDIO_TRACK_ID, VIDEO_TRACK_ID } from './track-rates.ts';

// This file writes MP4 fragments as HLS wants them (ISO/IEC 14496-12, 8.8; RFC 8216, 3.3).

/** A sample is one picture or one Opus packet. Its times are in ticks of its track (VIDEO_RATE, OPUS_RATE). */
export interface Sample {
  decodeTime: number;
  duration: number;
  isKey: boolean;
  /** The payload stays in pieces, so that it isn't copied before it is written. */
  chunks: readonly Buffer[];
  sizeBytes: number;
}

export interface Fragment {
  /** The moof box, which is also the first of the chunks. */
  moof: Buffer;
  chunks: Buffer[];
  sizeBytes: number;
  /** The last picture's duration lies at this offset in the fragment (32 bit, big-endian); undefined without pictures. */
  lastPictureDurationAt: number | undefined;
}

/**
 * The flags of a sample tell a keyframe, which depends on no other, from a picture that depends on others (ISO/IEC 14496-12,
 * 8.8.3.1).
 */
const SYNC_SAMPLE = 0x02000000;
const DEPENDENT_SAMPLE = 0x01010000;
const RUN_ENTRY_BYTES = 12;

function trackFragment(id: number, samples: readonly Sample[], dataOffset: number): Buffer {
  const first = samples[0];
  if (first === undefined) return Buffer.alloc(0);
  const decodeTime = Buffer.alloc(8);
  decodeTime.writeBigUInt64BE(BigInt(first.decodeTime));
  const entries = Buffer.alloc(samples.length * RUN_ENTRY_BYTES);
  samples.forEach((sample, i) => {
    entries.writeUInt32BE(sample.duration, i * RUN_ENTRY_BYTES);
    entries.writeUInt32BE(sample.sizeBytes, i * RUN_ENTRY_BYTES + 4);
    entries.writeUInt32BE(sample.isKey ? SYNC_SAMPLE : DEPENDENT_SAMPLE, i * RUN_ENTRY_BYTES + 8);
  });
  const baseIsMoof = 0x020000;
  const hasOffsetDurationSizeFlags = 0x000701;
  return box(
    'traf',
    fullBox('tfhd', 0, baseIsMoof, uint32(id)),
    fullBox('tfdt', 1, 0, decodeTime),
    fullBox('trun', 0, hasOffsetDurationSizeFlags, uint32(samples.length, dataOffset), entries),
  );
}

/** Writes moof and mdat of these samples. Either list may be empty, but not both. */
export function fragment(
  sequenceNumber: number,
  video: readonly Sample[],
  audio: readonly Sample[],
): Fragment {
  const videoBytes = video.reduce((sum, sample) => sum + sample.sizeBytes, 0);
  const audioBytes = audio.reduce((sum, sample) => sum + sample.sizeBytes, 0);
  const header = fullBox('mfhd', 0, 0, uint32(sequenceNumber));
  // Offsets into the mdat count from the moof's first byte, so the moof's length must be known before they are written.
  const videoPart = trackFragment(VIDEO_TRACK_ID, video, 0).length;
  const audioPart = trackFragment(AUDIO_TRACK_ID, audio, 0).length;
  const dataAt = 8 + header.length + videoPart + audioPart + 8;
  const moof = box(
    'moof',
    header,
    trackFragment(VIDEO_TRACK_ID, video, dataAt),
    trackFragment(AUDIO_TRACK_ID, audio, dataAt + videoBytes),
  );
  const payloadBytes = videoBytes + audioBytes;
  return {
    moof,
    chunks: [
      moof,
      uint32(payloadBytes + 8),
      Buffer.from('mdat'),
      ...video.flatMap((sample) => sample.chunks),
      ...audio.flatMap((sample) => sample.chunks),
    ],
    sizeBytes: moof.length + 8 + payloadBytes,
    lastPictureDurationAt: video.length === 0 ? undefined : 8 + header.length + videoPart - RUN_ENTRY_BYTES,
  };
}
