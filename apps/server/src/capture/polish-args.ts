import { spriteLayout } from '@hindsight/shared/sprite';
import { ONE_THREAD, type FfmpegCommand } from './ffmpeg-args.ts';
import { AUDIO_BITRATE_BPS } from './trim-plan.ts';

const SAMPLE_RATE = 48_000;

/**
 * Encodes the sound of a clip as AAC, which Safari, QuickTime and messengers play too, alone. Holes in it are filled, or what
 * follows would come early; so much silence comes before it.
 */
export function soundCommand(
  inputPath: string,
  { silentSeconds, outputPath }: { silentSeconds: number; outputPath: string },
): FfmpegCommand {
  const silence = `adelay=delays=${Math.round(silentSeconds * SAMPLE_RATE)}S:all=1`;
  return {
    inputs: [{ path: inputPath, options: ONE_THREAD }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:a:0', '-map_metadata', '-1'],
          ...['-af', `aresample=${SAMPLE_RATE}:async=1:min_hard_comp=0.01:first_pts=0,${silence}`],
          ...['-c:a', 'aac', '-b:a', String(AUDIO_BITRATE_BPS), '-f', 'mp4'],
        ],
      },
    ],
  };
}

/** Not a new one where the size of the picture changes: it would begin with an empty sprite. */
const ONE_GRAPH = ['-reinit_filter', '0'];
const TILE = { width: 160, height: 90 };
/** From this far between two pictures on, keyframes alone are near enough, and cost a hundredth. */
const KEYFRAMES_FROM_STEP_SECONDS = 2;

/** Small pictures of a clip in one JPEG, each of what is on screen at its share of the clip. */
export function spriteCommand(inputPath: string, durationMs: number, outputPath: string): FfmpegCommand {
  const { columns, rows, count } = spriteLayout(durationMs);
  const stepSeconds = durationMs / 1000 / count;
  const keyframes = stepSeconds >= KEYFRAMES_FROM_STEP_SECONDS ? ['-skip_frame', 'nokey'] : [];
  const filters = [
    `fps=fps=${count * 1000}/${durationMs}:start_time=0:round=up`,
    // The last picture stays when nothing moves any more.
    `tpad=stop_mode=clone:stop=${count},trim=end_frame=${count}`,
    `scale=${TILE.width}:${TILE.height}:force_original_aspect_ratio=decrease`,
    `pad=${TILE.width}:${TILE.height}:-1:-1:eval=frame,setsar=1`,
    `tile=${columns}x${rows}`,
  ];
  return {
    inputs: [{ path: inputPath, options: [...ONE_THREAD, ...ONE_GRAPH, ...keyframes] }],
    outputs: [
      {
        path: outputPath,
        options: ['-map', '0:v:0', '-vf', filters.join(','), '-frames:v', '1', '-q:v', '5', '-f', 'mjpeg'],
      },
    ],
  };
}
