import { segmentIndexBox } from '../fragments/segment-index-box.ts';
import { box } from '../boxes/box-writer.ts';
import { childBoxes } from '../boxes/box-reader.ts';
import type { MediaTrack } from '../fragments/init-tracks.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';

const hex = (bytes: string) => Buffer.from(bytes.replaceAll(' ', ''), 'hex');

/** Builds a sample entry of H.264 baseline with the shortest parameter sets (ISO/IEC 14496-12, 12.1.3 and 14496-15, 5.4.2). */
export function avcEntry(width: number, height: number): Buffer {
  const fields = Buffer.alloc(78);
  fields.writeUInt16BE(1, 6);
  fields.writeUInt16BE(width, 24);
  fields.writeUInt16BE(height, 26);
  fields.writeUInt16BE(1, 40);
  fields.writeInt16BE(-1, 76);
  return box('avc1', fields, box('avcC', hex('01 42c01f ff e1 0004 6742c01f 01 0004 68ce3c80')));
}

/** Builds a sample entry whose parameter sets end with these bytes, in hex, which begin with their id. */
export function avcEntryWith({
  sps,
  pps,
  width = 1280,
}: {
  sps: string;
  pps: string;
  width?: number;
}): Buffer {
  return box(
    'avc1',
    avcEntry(width, 720).subarray(8, 86),
    box('avcC', hex(`01 42c01f ff e1 0005 6742c01f${sps} 01 0002 68${pps}`)),
  );
}

/** Builds a sample entry of stereo Opus (Opus in ISOBMFF, 4.3) with the pre-skip that encoders write. */
export function opusEntry(): Buffer {
  const fields = Buffer.alloc(28);
  fields.writeUInt16BE(1, 6);
  fields.writeUInt16BE(2, 16);
  fields.writeUInt16BE(16, 18);
  fields.writeUInt16BE(48_000, 24);
  return box('Opus', fields, box('dOps', hex('00 02 0138 0000bb80 0000 00')));
}

const NO_DEFAULTS = { duration: 0, sizeBytes: 0, flags: 0 };

export const VIDEO_TRACK: MediaTrack = {
  id: 1,
  kind: 'video',
  timescale: 90_000,
  codec: 'avc1',
  sampleEntry: avcEntry(1280, 720),
  width: 1280,
  height: 720,
  defaults: NO_DEFAULTS,
};

export const AUDIO_TRACK: MediaTrack = {
  id: 2,
  kind: 'audio',
  timescale: 48_000,
  codec: 'Opus',
  sampleEntry: opusEntry(),
  width: 0,
  height: 0,
  defaults: NO_DEFAULTS,
};

interface RunOptions {
  track?: MediaTrack;
  path?: string;
  offset?: number;
  startSeconds: number;
  /** The duration of each sample, in seconds. */
  durations: readonly number[];
  sizeBytes?: number;
  /** There is a keyframe every this many samples, beginning with the first. */
  keyEvery?: number;
}

/** Builds a run of samples as a recorder would have written it. */
export function sampleRun(options: RunOptions): SampleRun {
  const { track = VIDEO_TRACK, path = '/buffer/seg_0.m4s', offset = 1000, sizeBytes = 100 } = options;
  const ticks = (seconds: number) => Math.round(seconds * track.timescale);
  const count = options.durations.length;
  return {
    track,
    path,
    offset,
    decodeTime: ticks(options.startSeconds),
    durations: Uint32Array.from(options.durations, ticks),
    sizes: new Uint32Array(count).fill(sizeBytes),
    compositionOffsets: new Int32Array(count),
    isKey: Uint8Array.from({ length: count }, (_, index) =>
      index % (options.keyEvery ?? count) === 0 || track.kind === 'audio' ? 1 : 0,
    ),
  };
}

/** Builds the index box that the recorder appends to a segment when it closes it. */
export function indexOf(segment: Buffer): Buffer {
  const moofs = childBoxes(segment, { body: 0, end: segment.length }).filter(({ type }) => type === 'moof');
  return segmentIndexBox(
    moofs.map(({ start, end }) => ({ position: start, moof: segment.subarray(start, end) })),
  );
}

/** Builds a run of video samples. */
export function pictures(startSeconds: number, count: number, framesPerSecond = 10, keyEvery = count) {
  const durations = Array.from({ length: count }, () => 1 / framesPerSecond);
  return sampleRun({ startSeconds, durations, keyEvery });
}

/** Builds a run of Opus packets of 20 ms. */
export function packets(startSeconds: number, count: number, offset = 100_000) {
  const durations = Array.from({ length: count }, () => 0.02);
  return sampleRun({ track: AUDIO_TRACK, startSeconds, durations, sizeBytes: 10, offset });
}
