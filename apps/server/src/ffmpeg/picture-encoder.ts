import { MiB } from '@hindsight/shared/units';

/** An encoder stays within these limits. */
export interface EncodingBudget {
  maxBitrateBps: number;
  /** The buffer of the rate control has this size, which bounds a burst. */
  bufferBits: number;
  /** The encoded pictures are never larger than this. */
  maxBytes: number;
}

/** The first picture is encoded as a keyframe, for which this much is added. */
const FIRST_PICTURE_BYTES = MiB;
const BUFFER_SECONDS = 2;
/** The encoder keeps to its bitrate within this factor. */
export const RATE_TOLERANCE = 1.1;
const MAX_FRAMES_PER_SECOND = 120;
/** Keyframes come more often than in the buffer, because users seek closely in trims. */
const KEYFRAME_SECONDS = 2;

/**
 * Returns the budget for pictures that took `sourceBytes` so far and may take `factor` times as much, with room for a
 * first keyframe.
 */
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

/** These settings encode pictures that keep their own times, in ticks of `timescale`. */
export interface PictureEncoding extends Pick<EncodingBudget, 'maxBitrateBps' | 'bufferBits'> {
  timescale: number;
  crf: number;
  /** The true frame rate decides the H.264 level. Without it x264 takes the time base for the frame rate. */
  framesPerSecond: number;
  /** Further x264 parameters are given as `name=value`. */
  parameters?: readonly string[];
  /** Further bitstream filters of ffmpeg change the encoded pictures. */
  bitstreamFilters?: readonly string[];
}

/** Returns the options for H.264 without B-frames, whose reordering would need an edit list. */
export function pictureEncoder(encoding: PictureEncoding): string[] {
  const { timescale, crf, framesPerSecond, maxBitrateBps, bufferBits } = encoding;
  const { parameters = [], bitstreamFilters = [] } = encoding;
  // x264 writes the time base into the parameter sets, which GStreamer takes for 90,000 pictures a second. There are two ticks to one.
  const rate = `h264_metadata=tick_rate=${2 * framesPerSecond}`;
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf), '-bf', '0'],
    ...['-x264-params', [`fps=${framesPerSecond}`, ...parameters].join(':')],
    ...['-maxrate', String(maxBitrateBps), '-bufsize', String(bufferBits)],
    ...['-force_key_frames', `expr:gte(t,n_forced*${KEYFRAME_SECONDS})`],
    ...['-fps_mode', 'passthrough', '-enc_time_base', `1/${timescale}`],
    ...['-video_track_timescale', String(timescale), '-bsf:v', [rate, ...bitstreamFilters].join(',')],
  ];
}
