import type { Crop } from '@hindsight/shared/clips/export';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import type { EncodingBudget } from '../../ffmpeg/picture-encoder.ts';
import type { ChatSource } from './chat-args.ts';
import { SOUND_BPS } from '../plan/export-plan.ts';
import { labelledMovie, ONE_GRAPH, steadyPictures, steadySound, type Labels } from './steady-args.ts';

interface WholeVideo {
  crop?: Crop;
  width: number;
  height: number;
  framesPerSecond: number;
  /** A lower number keeps more. */
  crf: number;
  keyframeSeconds: number;
  /** Keeping to a budget takes some CPU; null keeps to none. */
  budget: Pick<EncodingBudget, 'maxBitrateBps' | 'bufferBits'> | null;
  /** Further options of the encoder. */
  encoder: readonly string[];
  /** Null where the clip has no sound. */
  sound: 'copy' | 'aac' | 'pcm' | null;
  labels: Labels;
  outputPath: string;
}

/** Encodes a whole clip in one pass, at a constant rate. */
export function wholeVideoCommand(source: ChatSource, options: WholeVideo): FfmpegCommand {
  const { crop, width, height, framesPerSecond, crf, keyframeSeconds, budget } = options;
  const { durationSeconds } = source;
  const filters = steadyPictures({
    ...{ source, width, height, framesPerSecond, durationSeconds },
    ...(crop === undefined ? {} : { crop }),
  });
  return {
    inputs: [{ path: source.path, options: [...ONE_THREAD, ...ONE_GRAPH] }],
    outputs: [
      {
        path: options.outputPath,
        options: [
          ...['-map', '0:v:0', '-vf', filters, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf)],
          ...(budget === null
            ? []
            : ['-maxrate', String(budget.maxBitrateBps), '-bufsize', String(budget.bufferBits)]),
          ...['-g', String(Math.round(framesPerSecond * keyframeSeconds)), ...options.encoder],
          ...soundOptions(options, durationSeconds),
          ...labelledMovie(options.labels, options.sound === 'pcm' ? 'mov' : 'mp4'),
        ],
      },
    ],
  };
}

function soundOptions({ sound }: WholeVideo, durationSeconds: number): string[] {
  if (sound === null) return ['-an'];
  const map = ['-map', '0:a:0'];
  if (sound === 'copy') return [...map, '-c:a', 'copy'];
  const codec = sound === 'aac' ? ['aac', '-b:a', String(SOUND_BPS)] : ['pcm_s16le'];
  return [...map, '-af', steadySound(durationSeconds), '-ac', '2', '-c:a', ...codec];
}
