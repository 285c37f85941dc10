import type { Crop } from '@hindsight/shared/clips/export';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { MIX_NAME } from '../../clips/track-names.ts';
import type { EncodingBudget } from '../../ffmpeg/picture-encoder.ts';
import { X264, type VideoEncoder } from '../encoder/video-encoder.ts';
import type { ChatSource } from './chat-args.ts';
import type { Making } from './making.ts';
import { SOUND_BPS } from '../plan/export-plan.ts';
import { labelledMovie, ONE_GRAPH, steadyPictures, steadySound, type Labels } from './steady-args.ts';

/** Crops are for watching. */
export const CROP_ENCODING: WholeEncoding = { crf: 20, keyframeSeconds: 4, options: [] };
/** Editors show any picture at once when none depends on later ones and keyframes are near. */
export const EDITING_ENCODING: WholeEncoding = { crf: 16, keyframeSeconds: 0.5, options: ['-bf', '0'] };

export interface WholeEncoding {
  /** A lower number keeps more. */
  crf: number;
  keyframeSeconds: number;
  /** Further options that any encoder takes. */
  options: readonly string[];
}

interface WholeVideo extends WholeEncoding {
  crop?: Crop;
  width: number;
  height: number;
  framesPerSecond: number;
  /** Keeping to a budget takes some CPU; null keeps to none. */
  budget: Pick<EncodingBudget, 'maxBitrateBps' | 'bufferBits'> | null;
  /** It is x264 unless another one is given. No other one is made to keep to a budget. */
  encoder?: VideoEncoder;
  /** Null where the clip has no sound. */
  sound: 'copy' | 'aac' | 'pcm' | null;
  /** These tracks follow the clip's own sound. */
  separate?: Making['separate'];
  labels: Labels;
  outputPath: string;
}

/** Encodes a whole clip in one pass, at a constant rate. */
export function wholeVideoCommand(source: ChatSource, options: WholeVideo): FfmpegCommand {
  const { crop, width, height, framesPerSecond, crf, keyframeSeconds, budget, encoder = X264 } = options;
  const { durationSeconds } = source;
  const { separate } = options;
  const tracksFile =
    separate === undefined || separate.tracks.length === 0 ? [] : [{ path: separate.path, options: [] }];
  const pictures = steadyPictures({
    ...{ source, width, height, framesPerSecond, durationSeconds },
    ...(crop === undefined ? {} : { crop }),
  });
  const filters = encoder.uploadFilter === null ? pictures : `${pictures},${encoder.uploadFilter}`;
  return {
    inputs: [
      { path: source.path, options: [...encoder.deviceOptions, ...ONE_THREAD, ...ONE_GRAPH] },
      ...tracksFile,
    ],
    outputs: [
      {
        path: options.outputPath,
        options: [
          ...['-map', '0:v:0', '-vf', filters, '-c:v', encoder.name, ...encoder.qualityOptions(crf)],
          ...(budget === null
            ? []
            : ['-maxrate', String(budget.maxBitrateBps), '-bufsize', String(budget.bufferBits)]),
          ...['-g', String(Math.round(framesPerSecond * keyframeSeconds)), ...options.options],
          ...soundOptions(options, durationSeconds),
          ...labelledMovie(options.labels, options.sound === 'pcm' ? 'mov' : 'mp4'),
        ],
      },
    ],
  };
}

function soundOptions({ sound, separate }: WholeVideo, durationSeconds: number): string[] {
  if (sound === null) return ['-an'];
  const tracks = separate?.tracks ?? [];
  const map = ['-map', '0:a:0', ...tracks.flatMap(({ index }) => ['-map', `1:a:${index}`])];
  if (tracks.length > 0) map.push(...namedSounds([MIX_NAME, ...tracks.map(({ name }) => name)]));
  if (sound === 'copy') return [...map, '-c:a', 'copy'];
  const codec = sound === 'aac' ? ['aac', '-b:a', String(SOUND_BPS)] : ['pcm_s16le'];
  return [...map, '-af', steadySound(durationSeconds), '-ac', '2', '-c:a', ...codec];
}

/** Names tracks of sound where editors and players look for it. Players play the first one unless they are told otherwise. */
function namedSounds(names: readonly string[]): string[] {
  return names.flatMap((name, index) => [
    ...[`-metadata:s:a:${index}`, `title=${name}`, `-metadata:s:a:${index}`, `handler_name=${name}`],
    ...[`-disposition:a:${index}`, index === 0 ? 'default' : '0'],
  ]);
}
