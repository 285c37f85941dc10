import { spriteLayout } from '@hindsight/shared/sprite';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';

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
