import type { HeadCoding } from '@hindsight/mp4/layout/exact-cut';
import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { fitInto } from '../../ffmpeg/filters.ts';
import { encodingBudget, frameRate, pictureEncoder } from '../../ffmpeg/picture-encoder.ts';
import { profileName } from '../trim/head-args.ts';

const CRF = 18;
/** A second encoder needs more bits than the first, to keep what the first has left of the pictures. */
const REENCODE_FACTOR = 2;

interface PieceEncoding {
  /** The pictures are fitted into this size, between black bars. */
  width: number;
  height: number;
  coding: HeadCoding;
  outputPath: string;
}

/** Encodes a piece of a video in another size, each picture at its own time and in its own colours. */
export function pieceCommand(
  inputPath: string,
  { samples, timescale, end }: FileTrack,
  { width, height, coding, outputPath }: PieceEncoding,
): FfmpegCommand {
  const seconds = end / timescale;
  const sourceBytes = samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const filters = [`settb=1/${timescale}`, ...fitInto({ width, height })];
  return {
    inputs: [{ path: inputPath, options: [...ONE_THREAD, '-copyts'] }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:v:0', '-vf', filters.join(',')],
          ...pictureEncoder({
            ...encodingBudget(sourceBytes, seconds, REENCODE_FACTOR),
            timescale,
            crf: CRF,
            framesPerSecond: frameRate(samples.length, seconds),
            parameters: [`sps-id=${coding.parameterSetId}`],
            bitstreamFilters: ['dump_extra=freq=keyframe'],
          }),
          ...['-profile:v', profileName(coding.profile), ...ONE_THREAD],
          ...['-map_metadata', '-1', '-f', 'mp4'],
        ],
      },
    ],
  };
}
