import { MiB } from '@hindsight/shared/units';

/** Within what an encoder stays. */
export interface EncodingBudget {
  maxBitrateBps: number;
  /** Rate control's buffer: what may come at once. */
  bufferBits: number;
  /** An upper bound of what comes of it. */
  maxBytes: number;
}

/** The first picture becomes a whole one. */
const FIRST_PICTURE_BYTES = MiB;
const BUFFER_SECONDS = 2;
/** The encoder keeps to its rate, within this. */
export const RATE_TOLERANCE = 1.1;
const MAX_FRAMES_PER_SECOND = 120;
/** Finer than the buffer's own keyframes: trims are looked at closely. */
const KEYFRAME_SECONDS = 2;

/** For pictures that took `sourceBytes` so far, and may take `factor` times as much, with room for a first whole one. */
export function encodingBudget(sourceBytes: number, durationSeconds: number, factor: number): EncodingBudget {
  const seconds = durationSeconds + BUFFER_SECONDS;
  const bitrate = ((sourceBytes * factor + FIRST_PICTURE_BYTES) * 8) / seconds;
  return {
    maxBitrateBps: Math.ceil(bitrate),
    bufferBits: Math.ceil(bitrate * BUFFER_SECONDS),
    maxBytes: Math.ceil((bitrate * seconds * RATE_TOLERANCE) / 8),
  };
}

export function frameRate(pictures: number, durationSeconds: number): number {
  return Math.min(MAX_FRAMES_PER_SECOND, Math.max(1, Math.round(pictures / durationSeconds)));
}

/** How pictures are encoded that keep their own times, ticks of `timescale`. */
export interface PictureEncoding extends Pick<EncodingBudget, 'maxBitrateBps' | 'bufferBits'> {
  timescale: number;
  crf: number;
  /** The true rate, for the level that is written: the time base would be taken for it. */
  framesPerSecond: number;
  /** More for the encoder: `name=value`. */
  parameters?: readonly string[];
}

/** H.264 without B-frames, whose reordering would need an edit list. */
export function pictureEncoder(encoding: PictureEncoding): string[] {
  const { timescale, crf, framesPerSecond, parameters = [], maxBitrateBps, bufferBits } = encoding;
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf), '-bf', '0'],
    ...['-x264-params', [`fps=${framesPerSecond}`, ...parameters].join(':')],
    ...['-maxrate', String(maxBitrateBps), '-bufsize', String(bufferBits)],
    ...['-force_key_frames', `expr:gte(t,n_forced*${KEYFRAME_SECONDS})`],
    ...['-fps_mode', 'passthrough', '-enc_time_base', `1/${timescale}`],
    ...['-video_track_timescale', String(timescale)],
  ];
}
