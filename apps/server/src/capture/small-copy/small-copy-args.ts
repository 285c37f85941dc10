import { SECOND } from '@hindsight/shared/units';
import { ffmpegSeconds, ONE_THREAD, recordedAt, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { even, fitInto, SOUND_WITHOUT_GAPS } from '../../ffmpeg/filters.ts';
import { pictureEncoder } from '../../ffmpeg/picture-encoder.ts';

/** Programs that show a link fetch a video of up to this size. A clip that is larger gets a small copy. */
export const SMALL_COPY_MAX_BYTES = 50_000_000;

/** The encoder may exceed its rate a little, and the index needs room. */
const USED_PART = 0.95;
const BUFFER_SECONDS = 2;
const AUDIO_BITRATE_BPS = 96_000;
const MAX_VIDEO_BPS = 8_000_000;
/** With less there is nothing to see. */
const MIN_VIDEO_BPS = 10_000;
const HEIGHTS = [1080, 720, 540, 480, 360, 270];
const LEAST_HEIGHT = 180;
const MAX_FRAMES_PER_SECOND = 30;
/** With fewer bits for each pixel a smaller picture looks better. */
const BITS_PER_PIXEL = 0.04;
/** Nothing is seen of the difference from the clip, where the rate allows it. */
const CRF = 23;
const TIMESCALE = 90_000;

/** The clip's pictures have this size. */
interface Clip {
  width: number;
  height: number;
  durationMs: number;
}

interface SmallCopyPlan {
  width: number;
  height: number;
  videoBitrateBps: number;
}

/** Plans a copy of a clip of at most an hour that is never larger than `maxBytes`. */
export function planSmallCopy(
  { width, height, durationMs }: Clip,
  maxBytes: number = SMALL_COPY_MAX_BYTES,
): SmallCopyPlan {
  const seconds = durationMs / SECOND;
  const bits = maxBytes * USED_PART * 8 - AUDIO_BITRATE_BPS * seconds;
  const fitting = Math.floor(bits / (seconds + BUFFER_SECONDS));
  const videoBitrateBps = Math.min(MAX_VIDEO_BPS, Math.max(MIN_VIDEO_BPS, fitting));
  const scaled = (toHeight: number) => {
    const scale = Math.min(1, toHeight / height);
    return { width: even(width * scale), height: even(height * scale) };
  };
  const size = HEIGHTS.map(scaled).find(
    (one) => videoBitrateBps >= one.width * one.height * MAX_FRAMES_PER_SECOND * BITS_PER_PIXEL,
  );
  return { ...(size ?? scaled(LEAST_HEIGHT)), videoBitrateBps };
}

/**
 * Encodes a clip anew, smaller. The first sample is the first picture, and the index comes first, so that programs can show
 * it with the little that they fetch.
 */
export function smallCopyCommand(
  inputPath: string,
  { videoBitrateBps, width, height }: SmallCopyPlan,
  { recordedAtMs, durationMs, outputPath }: { recordedAtMs: number; durationMs: number; outputPath: string },
): FfmpegCommand {
  const filters = [
    // A little less than the distance of pictures, which are never exactly on time.
    `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${0.95 / MAX_FRAMES_PER_SECOND})'`,
    `settb=1/${TIMESCALE}`,
    ...fitInto({ width, height }),
  ];
  return {
    inputs: [{ path: inputPath, options: ONE_THREAD }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:v:0', '-map', '0:a:0?', '-vf', filters.join(',')],
          ...pictureEncoder({
            timescale: TIMESCALE,
            crf: CRF,
            framesPerSecond: MAX_FRAMES_PER_SECOND,
            maxBitrateBps: videoBitrateBps,
            bufferBits: videoBitrateBps * BUFFER_SECONDS,
          }),
          ...['-pix_fmt', 'yuv420p', ...ONE_THREAD],
          ...['-af', SOUND_WITHOUT_GAPS],
          ...['-c:a', 'aac', '-b:a', String(AUDIO_BITRATE_BPS)],
          ...['-t', ffmpegSeconds(durationMs), ...recordedAt(recordedAtMs)],
          ...['-f', 'mp4', '-movflags', '+faststart'],
        ],
      },
    ],
  };
}
