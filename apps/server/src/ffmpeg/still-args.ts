import type { FfmpegCommand } from './ffmpeg-command.ts';

const POSTER_WIDTH = 640;
/** Seconds before the end, where what people wanted to keep has just happened. */
export const POSTER_BEFORE_END_SECONDS = 1;

// From 0 on, or the frame would be taken for a late one and dropped.
const STILL_FILTER = `setpts=PTS-STARTPTS,scale='min(${POSTER_WIDTH},iw)':-2`;
const JPEG = ['-frames:v', '1', '-vf', STILL_FILTER, '-q:v', '4', '-f', 'mjpeg'];
/**
 * Keyframes alone, for a share may go without a new picture for seconds, and decoding up to an exact moment costs more than
 * all the rest of a clip's making.
 */
const KEYFRAMES = ['-threads', '1', '-skip_frame', 'nokey'];
/** A file that is shorter is read from its start. */
const NEAR_END = ['-noaccurate_seek', '-sseof', String(-POSTER_BEFORE_END_SECONDS)];

/** Decodes the last keyframe before the end of a clip, or of a part of it, into a JPEG. */
export function posterCommand(inputPath: string, outputPath: string): FfmpegCommand {
  return {
    inputs: [{ path: inputPath, options: [...KEYFRAMES, ...NEAR_END] }],
    outputs: [{ path: outputPath, options: ['-map', '0:v:0', ...JPEG] }],
  };
}

/** Decodes a clip's first keyframe and the last one before its end, each into a JPEG: proof that both ends can be shown. */
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
