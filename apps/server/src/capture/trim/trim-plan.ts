import { KiB } from '@hindsight/shared/units';
import { planExactCut, type ExactCut } from '@hindsight/mp4/layout/exact-cut';
import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { picturesOf } from '../lifecycle/clip-pictures.ts';
import { moovUpperBound } from '@hindsight/mp4/tables/moov-upper-bound';
import { headBudget } from './head-args.ts';
import {
  encodingBudget,
  frameRate,
  RATE_TOLERANCE,
  type EncodingBudget,
} from '../../ffmpeg/picture-encoder.ts';
import { AAC_PACKETS_PER_SECOND, SOUND_BITRATE_BPS } from '../../ffmpeg/sound-encoder.ts';

/** The range is cut from a clip, on its presentation clock. */
export interface TrimRange {
  fromSeconds: number;
  toSeconds: number;
}

/** The plan says how a trim is made, and how large it may become. */
export interface TrimPlan extends TrimRange, EncodingBudget {
  /** The picture that is on screen at the start appears in the clip at this time: at the start, or some time before. */
  firstPictureSeconds: number;
  /** Only pictures before a keyframe are encoded again in this cut. It is null when all have to be encoded. */
  pictures: { video: FileTrack; cut: ExactCut } | null;
  hasAudio: boolean;
  /** Width and height are those of the picture. Pictures of another size are letterboxed when they are encoded. */
  width: number;
  height: number;
  /** The rate is that of the pictures in the range. */
  framesPerSecond: number;
  moovBytes: number;
  /** The file is never larger than this. */
  maxBytes: number;
}

/** x264 needs fewer bytes for the same picture than a live encoder, but busy moments may need more. */
const REENCODE_FACTOR = 1.3;
const CONTAINER_BYTES = 64 * KiB;

/** Plans a trim. Returns null when the clip shows nothing in that range. */
export function planTrim(movie: readonly FileTrack[], range: TrimRange): TrimPlan | null {
  const { fromSeconds, toSeconds } = range;
  const durationSeconds = toSeconds - fromSeconds;
  const video = movie.find(({ kind }) => kind === 'video');
  const hasAudio = movie.some(({ kind }) => kind === 'audio');
  if (video === undefined || durationSeconds <= 0) return null;
  const pictures = picturesOf(video);
  const first = pictures.findLast(({ atSeconds }) => atSeconds <= fromSeconds) ?? pictures[0];
  if (first === undefined) return null;
  const shown = pictures.filter(({ atSeconds }) => atSeconds >= first.atSeconds && atSeconds < toSeconds);
  if (shown.length === 0) return null;
  const budget = encodingBudget(
    shown.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    durationSeconds,
    REENCODE_FACTOR,
  );
  const cut = planExactCut(video, range);
  const videoBytes = cut === null ? budget.maxBytes : cutBytes(video, cut);
  const audioBytes = hasAudio ? (SOUND_BITRATE_BPS * RATE_TOLERANCE * (durationSeconds + 1)) / 8 : 0;
  const moovBytes = moovUpperBound({
    video: shown.length,
    audio: hasAudio ? Math.ceil((durationSeconds + 1) * AAC_PACKETS_PER_SECOND) : 0,
  });
  return {
    ...range,
    ...budget,
    firstPictureSeconds: first.atSeconds,
    pictures: cut === null ? null : { video, cut },
    hasAudio,
    width: video.width,
    height: video.height,
    framesPerSecond: frameRate(shown.length, durationSeconds),
    moovBytes,
    maxBytes: Math.ceil(videoBytes + audioBytes + moovBytes + CONTAINER_BYTES),
  };
}

function cutBytes(video: FileTrack, cut: ExactCut): number {
  const copied = video.samples.slice(cut.copiedFrom, cut.end);
  return headBudget(video, cut).maxBytes + copied.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
