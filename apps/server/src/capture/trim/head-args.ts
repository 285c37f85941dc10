import { PROFILE, shownAt, type ExactCut } from '@hindsight/mp4/layout/exact-cut';
import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { ONE_THREAD, seekTo, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import {
  encodingBudget,
  frameRate,
  pictureEncoder,
  type EncodingBudget,
} from '../../ffmpeg/picture-encoder.ts';

/** Finer than a whole trim: it is followed by pictures as they were. */
const CRF = 16;
/** A second encoder needs more than the first did, to keep what that has left of the pictures. */
const REENCODE_FACTOR = 2;

/** Within what the head of a cut stays; nothing when there is none. */
export function headBudget(video: FileTrack, cut: ExactCut): EncodingBudget {
  const pictures = video.samples.slice(cut.first, cut.copiedFrom);
  if (pictures.length === 0) return { maxBitrateBps: 0, bufferBits: 0, maxBytes: 0 };
  const sourceBytes = pictures.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return encodingBudget(sourceBytes, headSeconds(video, cut), REENCODE_FACTOR);
}

/**
 * Encodes the head of a cut: its pictures up to the first that is copied, each at its own time, the first at the start.
 * Size, colours and shape of the pixels are the source's. Parameter sets are in each keyframe, as the recorder puts them
 * there.
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
  const names = Object.entries(PROFILE);
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
          }),
          ...['-profile:v', names.find(([, number]) => number === profile)?.[0] ?? 'high'],
          ...threads,
          ...['-bsf:v', 'dump_extra=freq=keyframe', '-map_metadata', '-1', '-f', 'mp4'],
        ],
      },
    ],
  };
}

/** Where what is encoded ends, ticks on the presentation clock. */
function headEnd(video: FileTrack, { copiedFrom, end, to }: ExactCut): number {
  const copied = video.samples[copiedFrom];
  return copied === undefined || copiedFrom >= end ? to : shownAt(video, copied);
}

function headSeconds(video: FileTrack, cut: ExactCut): number {
  return (headEnd(video, cut) - cut.from) / video.timescale;
}
