import { ONE_THREAD, seekTo, type FfmpegCommand } from './ffmpeg-command.ts';
import { even } from './filters.ts';

const POSTER_WIDTH = 640;
/** The poster shows this many seconds before the end, where the event that users wanted to keep has just happened. */
export const POSTER_BEFORE_END_SECONDS = 1;

// Timestamps start at 0, because ffmpeg would drop the frame as late otherwise.
const STILL_FILTER = `setpts=PTS-STARTPTS,scale='min(${POSTER_WIDTH},iw)':-2`;
const JPEG = ['-frames:v', '1', '-vf', STILL_FILTER, '-q:v', '4', '-f', 'mjpeg'];
/**
 * Only keyframes are decoded: a share may go without a new frame for seconds, and decoding up to an exact moment costs
 * more than everything else in making a clip.
 */
const KEYFRAMES = ['-threads', '1', '-skip_frame', 'nokey'];
/** A file that is shorter than this is read from its start. */
const NEAR_END = ['-noaccurate_seek', '-sseof', String(-POSTER_BEFORE_END_SECONDS)];

/** Decodes the picture that is shown from a time on into a JPEG. */
export function posterAtCommand(
  inputPath: string,
  shownAtSeconds: number,
  outputPath: string,
): FfmpegCommand {
  return {
    inputs: [{ path: inputPath, options: [...ONE_THREAD, ...seekTo(shownAtSeconds)] }],
    outputs: [{ path: outputPath, options: ['-map', '0:v:0', ...JPEG] }],
  };
}

/** Returns the size of the poster of a clip whose pictures have a given size. */
export function posterSize({ width, height }: { width: number; height: number }): {
  width: number;
  height: number;
} {
  const scaled = Math.min(POSTER_WIDTH, width);
  return { width: scaled, height: even((height * scaled) / width) };
}

/** Decodes the last keyframe before the end of a clip, or of a part of it, into a JPEG. */
export function posterCommand(inputPath: string, outputPath: string): FfmpegCommand {
  return {
    inputs: [{ path: inputPath, options: [...KEYFRAMES, ...NEAR_END] }],
    outputs: [{ path: outputPath, options: ['-map', '0:v:0', ...JPEG] }],
  };
}

/**
 * Decodes a clip's first keyframe and the last one before its end, each into a JPEG. This proves that both ends can be
 * shown.
 */
export function stillsCommand(
  clipPath: string,
  stills: { headPath: string; tailPath: string },
): FfmpegCommand {
  return {
    inputs: [
      // The first keyframe lies in the lead-in, which the edit list hides.
      { path: clipPath, options: [...KEYFRAMES, '-ignore_editlist', '1'] },
      { path: clipPath, options: [...KEYFRAMES, ...NEAR_END] },
    ],
    outputs: [
      { path: stills.headPath, options: ['-map', '0:v:0', ...JPEG] },
      { path: stills.tailPath, options: ['-map', '1:v:0', ...JPEG] },
    ],
  };
}
