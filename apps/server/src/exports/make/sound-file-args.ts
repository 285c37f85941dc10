import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { labelledMovie, steadySound, type Labels } from './steady-args.ts';

interface SoundFile {
  /** AAC is copied as it is unless a rate is given. */
  bps: number | null;
  isMono: boolean;
  durationSeconds: number;
  labels: Labels;
  outputPath: string;
}

/** Makes a file of a clip's sound alone. */
export function soundFileCommand(
  inputPath: string,
  { bps, isMono, durationSeconds, labels, outputPath }: SoundFile,
): FfmpegCommand {
  const encoding =
    bps === null
      ? ['-c:a', 'copy']
      : [
          ...['-af', steadySound(durationSeconds), '-c:a', 'aac', '-b:a', String(bps)],
          ...['-ac', isMono ? '1' : '2'],
        ];
  return {
    inputs: [{ path: inputPath, options: ONE_THREAD }],
    outputs: [
      { path: outputPath, options: ['-map', '0:a:0', ...encoding, ...labelledMovie(labels, 'ipod')] },
    ],
  };
}
