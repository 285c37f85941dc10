import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { SOUND_WITHOUT_GAPS } from '../../ffmpeg/filters.ts';
import { AUDIO_BITRATE_BPS } from '../trim/trim-plan.ts';

const SAMPLE_RATE = 48_000;

/**
 * Encodes only the sound of a clip, as AAC, which Safari, QuickTime and messengers play too. Gaps in it are filled,
 * because what follows would come early otherwise. `silentSeconds` of silence are put before it.
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
          ...['-af', `${SOUND_WITHOUT_GAPS},${silence}`],
          ...['-c:a', 'aac', '-b:a', String(AUDIO_BITRATE_BPS), '-f', 'mp4'],
        ],
      },
    ],
  };
}
