import { box, bytes, fullBox, uint16, uint32 } from '../boxes/box-writer.ts';
import { AUDIO_TRACK_ID, OPUS_RATE, VIDEO_RATE, VIDEO_TRACK_ID } from './track-rates.ts';
import type { PictureSize, VideoConfig } from './video-config.ts';

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
    id: VIDEO_TRACK_ID,
    rate: VIDEO_RATE,
    handler: 'vide',
    mediaHeader: fullBox('vmhd', 0, 1, uint16(0, 0, 0, 0)),
    sampleEntry,
    size: video,
  });
}

/** Writes the sample entry of stereo Opus. */
export function opusSampleEntry(): Buffer {
  // The pre-skip is 0 because the recording joins a running stream, so there is no encoder delay to cut off at its start.
  const dOps = box('dOps', bytes(0, 2), uint16(0), uint32(OPUS_RATE), uint16(0), bytes(0));
  const stereo16Bit = uint16(2, 16, 0, 0);
  return box('Opus', uint32(0), uint16(0, 1), uint32(0, 0), stereo16Bit, uint32(OPUS_RATE * 0x10000), dOps);
}

function audioTrack(): Buffer {
  return track({
    id: AUDIO_TRACK_ID,
    rate: OPUS_RATE,
    handler: 'soun',
    mediaHeader: fullBox('smhd', 0, 0, uint32(0)),
    sampleEntry: opusSampleEntry(),
    size: { width: 0, height: 0 },
  });
}

/**
 * Writes the init segment that a player needs before the first segment (EXT-X-MAP): the video's configuration and, if there
 * is sound, a track for Opus.
 */
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
