import { spriteLayout } from '@hindsight/shared/clips/sprite';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';

/** The filter graph isn't rebuilt where the picture size changes, because it would begin with an empty sprite again. */
const ONE_GRAPH = ['-reinit_filter', '0'];
const TILE = { width: 160, height: 90 };
/** From this distance between two pictures on, keyframes alone are close enough, and cost a hundredth. */
const KEYFRAMES_FROM_STEP_SECONDS = 2;

/** Makes a JPEG of small pictures of a clip, at equal distances. Each shows what is on screen at its time. */
export function spriteCommand(inputPath: string, durationMs: number, outputPath: string): FfmpegCommand {
  const { columns, rows, count } = spriteLayout(durationMs);
  const stepSeconds = durationMs / 1000 / count;
  const keyframes = stepSeconds >= KEYFRAMES_FROM_STEP_SECONDS ? ['-skip_frame', 'nokey'] : [];
  const filters = [
    `fps=fps=${count * 1000}/${durationMs}:start_time=0:round=up`,
    // The last picture is repeated when nothing moves any more.
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
