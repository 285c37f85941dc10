import { PROFILE, shownAt, type ExactCut } from '@hindsight/mp4/layout/exact-cut';
import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { ONE_THREAD, seekTo, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import {
  encodingBudget,
  frameRate,
  pictureEncoder,
  type EncodingBudget,
} from '../../ffmpeg/picture-encoder.ts';

/** The quality is higher than that of a whole trim, because unchanged pictures follow. */
const CRF = 16;
/** A second encoder needs more bits than the first, to keep what the first has left of the pictures. */
const REENCODE_FACTOR = 2;

/** Returns the limits for the head of a cut, all 0 when there is no head. */
export function headBudget(video: FileTrack, cut: ExactCut): EncodingBudget {
  const pictures = video.samples.slice(cut.first, cut.copiedFrom);
  if (pictures.length === 0) return { maxBitrateBps: 0, bufferBits: 0, maxBytes: 0 };
  const sourceBytes = pictures.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return encodingBudget(sourceBytes, headSeconds(video, cut), REENCODE_FACTOR);
}

/**
 * Encodes the head of a cut: its pictures before the first copied one, each at its own time, and the first one at the
 * start. Size, colours and pixel shape are those of the source. Each keyframe has parameter sets, as from the recorder.
 */
export function headCommand(
  inputPath: string,
  { video, cut }: { video: FileTrack; cut: ExactCut },
  { outputPath, isBackground = false }: { outputPath: string; isBackground?: boolean },
): FfmpegCommand {
  const { timescale, samples } = video;
  const first = samples[cut.first];
  const firstAt = first === undefined ? 0 : shownAt(video, first);
  const filters = [
    `settb=1/${timescale}`,
    `trim=start_pts=${firstAt}:end_pts=${headEnd(video, cut)}`,
    `setpts='max(0,PTS-${cut.from})'`,
  ];
  const { profile, parameterSetId } = cut.coding;
  const threads = isBackground ? ONE_THREAD : [];
  return {
    inputs: [{ path: inputPath, options: [...threads, ...seekTo(firstAt / timescale)] }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:v:0', '-vf', filters.join(',')],
          ...pictureEncoder({
            ...headBudget(video, cut),
            timescale,
            crf: CRF,
            framesPerSecond: frameRate(cut.copiedFrom - cut.first, headSeconds(video, cut)),
            parameters: [`sps-id=${parameterSetId}`],
            bitstreamFilters: ['dump_extra=freq=keyframe'],
          }),
          ...['-profile:v', profileName(profile)],
          ...threads,
          ...['-map_metadata', '-1', '-f', 'mp4'],
        ],
      },
    ],
  };
}

/** Returns ffmpeg's name of a profile. */
export function profileName(profile: number): string {
  return Object.entries(PROFILE).find(([, number]) => number === profile)?.[0] ?? 'high';
}

/** Returns where the encoded head ends, in ticks on the presentation clock. */
function headEnd(video: FileTrack, { copiedFrom, end, to }: ExactCut): number {
  const copied = video.samples[copiedFrom];
  return copied === undefined || copiedFrom >= end ? to : shownAt(video, copied);
}

function headSeconds(video: FileTrack, cut: ExactCut): number {
  return (headEnd(video, cut) - cut.from) / video.timescale;
}
