import type { MediaTrack, SampleRun } from '../sample-index.ts';

/** A sample entry box with nothing in it but its type, and a dOps for Opus with the pre-skip that encoders write. */
function sampleEntry(codec: string): Buffer {
  const dOps = Buffer.from('\0\0\0\x13dOps\0\x02\x01\x38\0\0\xbb\x80\0\0\0', 'latin1');
  const body = codec === 'Opus' ? dOps : Buffer.from(codec);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(8 + body.length);
  return Buffer.concat([size, Buffer.from(codec), body]);
}

const NO_DEFAULTS = { duration: 0, sizeBytes: 0, flags: 0 };

export const VIDEO_TRACK: MediaTrack = {
  id: 1,
  kind: 'video',
  timescale: 90_000,
  codec: 'avc1',
  sampleEntry: sampleEntry('avc1'),
  width: 1280,
  height: 720,
  defaults: NO_DEFAULTS,
};

export const AUDIO_TRACK: MediaTrack = {
  id: 2,
  kind: 'audio',
  timescale: 48_000,
  codec: 'Opus',
  sampleEntry: sampleEntry('Opus'),
  width: 0,
  height: 0,
  defaults: NO_DEFAULTS,
};

interface RunOptions {
  track?: MediaTrack;
  path?: string;
  offset?: number;
  startSeconds: number;
  /** Of each sample, in seconds. */
  durations: readonly number[];
  sizeBytes?: number;
  /** Every so many samples is a keyframe, the first too. */
  keyEvery?: number;
}

/** A run of samples as a recorder would have written it. */
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

export function pictures(startSeconds: number, count: number, framesPerSecond = 10, keyEvery = count) {
  const durations = Array.from({ length: count }, () => 1 / framesPerSecond);
  return sampleRun({ startSeconds, durations, keyEvery });
}

export function packets(startSeconds: number, count: number, offset = 100_000) {
  const durations = Array.from({ length: count }, () => 0.02);
  return sampleRun({ track: AUDIO_TRACK, startSeconds, durations, sizeBytes: 10, offset });
}
