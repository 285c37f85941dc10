import { box, bytes, fullBox, uint16, uint32 } from './mp4-box.ts';
import { OPUS_RATE } from './opus.ts';
import type { PictureSize, VideoConfig } from './picture.ts';

// Fragmented MP4 as HLS wants it (ISO/IEC 14496-12; Opus: opus-codec.org/docs/opus_in_isobmff.html).

export const VIDEO_RATE = 90_000;
const VIDEO_TRACK = 1;
const AUDIO_TRACK = 2;

/** One picture or one Opus packet. Times in the track's own rate (VIDEO_RATE, OPUS_RATE). */
export interface Sample {
  decodeTime: number;
  duration: number;
  isKey: boolean;
  /** The payload in pieces, so that it isn't copied before it is written. */
  chunks: readonly Buffer[];
  sizeBytes: number;
}

export interface Fragment {
  /** Also the first of the chunks. */
  moof: Buffer;
  chunks: Buffer[];
  sizeBytes: number;
  /** Where in the fragment the duration of the last picture stands (32 bit, big-endian). */
  lastPictureDurationAt: number | undefined;
}

const UNITY_MATRIX = uint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

interface TrackDescription {
  id: number;
  rate: number;
  handler: 'vide' | 'soun';
  mediaHeader: Buffer;
  sampleEntry: Buffer;
  size: PictureSize;
}

function track({ id, rate, handler, mediaHeader, sampleEntry, size }: TrackDescription): Buffer {
  const volume = handler === 'soun' ? 0x100 : 0;
  const enabledAndInMovie = 3;
  const dataInSameFile = fullBox('dref', 0, 0, uint32(1), fullBox('url ', 0, 1));
  const noSamples = [
    fullBox('stts', 0, 0, uint32(0)),
    fullBox('stsc', 0, 0, uint32(0)),
    fullBox('stsz', 0, 0, uint32(0, 0)),
    fullBox('stco', 0, 0, uint32(0)),
  ];
  return box(
    'trak',
    fullBox(
      'tkhd',
      0,
      enabledAndInMovie,
      uint32(0, 0, id, 0, 0, 0, 0),
      uint16(0, 0, volume, 0),
      UNITY_MATRIX,
      uint32(size.width * 0x10000, size.height * 0x10000),
    ),
    box(
      'mdia',
      fullBox('mdhd', 0, 0, uint32(0, 0, rate, 0), uint16(0x55c4 /* und */, 0)),
      fullBox('hdlr', 0, 0, uint32(0), Buffer.from(handler), uint32(0, 0, 0), bytes(0)),
      box(
        'minf',
        mediaHeader,
        box('dinf', dataInSameFile),
        box('stbl', fullBox('stsd', 0, 0, uint32(1), sampleEntry), ...noSamples),
      ),
    ),
  );
}

function videoTrack(video: VideoConfig): Buffer {
  const dpi72 = 0x480000;
  const sampleEntry = box(
    video.sampleEntry,
    uint32(0),
    uint16(0, 1),
    Buffer.alloc(16),
    uint16(video.width, video.height),
    uint32(dpi72, dpi72, 0),
    uint16(1),
    Buffer.alloc(32),
    uint16(24, 0xffff),
    video.configBox,
  );
  return track({
    id: VIDEO_TRACK,
    rate: VIDEO_RATE,
    handler: 'vide',
    mediaHeader: fullBox('vmhd', 0, 1, uint16(0, 0, 0, 0)),
    sampleEntry,
    size: video,
  });
}

function audioTrack(): Buffer {
  // Pre-skip is 0: the recording joins a running stream, so there is no encoder delay to be cut off at its start.
  const dOps = box('dOps', bytes(0, 2), uint16(0), uint32(OPUS_RATE), uint16(0), bytes(0));
  const stereo16Bit = uint16(2, 16, 0, 0);
  const sampleEntry = box(
    'Opus',
    uint32(0),
    uint16(0, 1),
    uint32(0, 0),
    stereo16Bit,
    uint32(OPUS_RATE * 0x10000),
    dOps,
  );
  return track({
    id: AUDIO_TRACK,
    rate: OPUS_RATE,
    handler: 'soun',
    mediaHeader: fullBox('smhd', 0, 0, uint32(0)),
    sampleEntry,
    size: { width: 0, height: 0 },
  });
}

/** What a player needs before the first segment (EXT-X-MAP): the video's configuration and, if there is any, Opus audio. */
export function initSegment(video: VideoConfig, hasAudio: boolean): Buffer {
  const tracks = [videoTrack(video), ...(hasAudio ? [audioTrack()] : [])];
  const defaults = tracks.map((_, i) => fullBox('trex', 0, 0, uint32(i + 1, 1, 0, 0, 0)));
  const movieHeader = fullBox(
    'mvhd',
    0,
    0,
    uint32(0, 0, 1000, 0, 0x10000),
    uint16(0x100, 0),
    uint32(0, 0),
    UNITY_MATRIX,
    uint32(0, 0, 0, 0, 0, 0, tracks.length + 1),
  );
  return Buffer.concat([
    box('ftyp', Buffer.from('iso6'), uint32(1), Buffer.from('iso6cmfcmp41')),
    box('moov', movieHeader, ...tracks, box('mvex', ...defaults)),
  ]);
}

/** ISO/IEC 14496-12, 8.8.3.1: a sample that others depend on or not, that can be started at or not. */
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

/** moof + mdat of these samples; either list may be empty, but not both. */
export function fragment(
  sequenceNumber: number,
  video: readonly Sample[],
  audio: readonly Sample[],
): Fragment {
  const videoBytes = video.reduce((sum, sample) => sum + sample.sizeBytes, 0);
  const audioBytes = audio.reduce((sum, sample) => sum + sample.sizeBytes, 0);
  const header = fullBox('mfhd', 0, 0, uint32(sequenceNumber));
  // The offsets into the mdat count from the moof's first byte, so its length must be known to write them.
  const videoPart = trackFragment(VIDEO_TRACK, video, 0).length;
  const audioPart = trackFragment(AUDIO_TRACK, audio, 0).length;
  const dataAt = 8 + header.length + videoPart + audioPart + 8;
  const moof = box(
    'moof',
    header,
    trackFragment(VIDEO_TRACK, video, dataAt),
    trackFragment(AUDIO_TRACK, audio, dataAt + videoBytes),
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
