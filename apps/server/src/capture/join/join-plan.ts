import { planExactCut, type ExactCut } from '@hindsight/mp4/layout/exact-cut';
import { moovUpperBound } from '@hindsight/mp4/tables/moov-upper-bound';
import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { KiB, SECOND } from '@hindsight/shared/units';
import { encodingBudget, RATE_TOLERANCE } from '../../ffmpeg/picture-encoder.ts';
import { headBudget } from '../trim/head-args.ts';
import { AAC_PACKETS_PER_SECOND, SOUND_BITRATE_BPS } from '../../ffmpeg/sound-encoder.ts';

/** Says how the pictures of one clip get into a joined one. */
export interface JoinPart {
  video: FileTrack;
  durationSeconds: number;
  hasAudio: boolean;
  /** What this cut hides is encoded anew, and all else is copied. It is null when all has to be encoded. */
  cut: ExactCut | null;
}

export interface JoinPlan {
  parts: readonly JoinPart[];
  durationSeconds: number;
  hasAudio: boolean;
  /** The file is never larger than this. */
  maxBytes: number;
}

/** A second encoder needs more bits than the first, to keep what the first has left of the pictures. */
const REENCODE_FACTOR = 2;
const CONTAINER_BYTES = 64 * KiB;

/** Plans a clip of several others, each as long as its row says. Returns null when one of them has no picture. */
export function planJoin(
  clips: readonly { movie: readonly FileTrack[]; durationMs: number }[],
): JoinPlan | null {
  const parts: JoinPart[] = [];
  for (const { movie, durationMs } of clips) {
    const video = movie.find(({ kind }) => kind === 'video');
    if (video === undefined || video.samples.length === 0) return null;
    const durationSeconds = durationMs / SECOND;
    const cut = planExactCut(video, { fromSeconds: 0, toSeconds: durationSeconds });
    parts.push({ video, durationSeconds, hasAudio: movie.some(({ kind }) => kind === 'audio'), cut });
  }
  const seconds = parts.reduce((sum, part) => sum + part.durationSeconds, 0);
  const hasAudio = parts.some((part) => part.hasAudio);
  const audioBytes = hasAudio ? (SOUND_BITRATE_BPS * RATE_TOLERANCE * (seconds + 1)) / 8 : 0;
  const moovBytes = moovUpperBound({
    video: parts.reduce((sum, { video }) => sum + video.samples.length, 0),
    audio: hasAudio ? Math.ceil((seconds + 1) * AAC_PACKETS_PER_SECOND) : 0,
  });
  const entries = parts.map(({ video }) => entriesOf(video));
  const videoBytes = parts.reduce((sum, part, at) => {
    const fitsAll = entries.every((others) => isWithin(entries[at] ?? [], others));
    return sum + partBytes(part, fitsAll);
  }, 0);
  return {
    ...{ parts, hasAudio, durationSeconds: seconds },
    maxBytes: Math.ceil(videoBytes + audioBytes + moovBytes + CONTAINER_BYTES),
  };
}

/** Returns how much the pictures of a part take at most. Those that may not fit the others may be encoded. */
function partBytes({ video, cut, durationSeconds }: JoinPart, fitsAll: boolean): number {
  const sourceBytes = video.samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const copiedBytes = cut === null ? Infinity : sourceBytes + headBudget(video, cut).maxBytes;
  const encodedBytes = encodingBudget(sourceBytes, durationSeconds, REENCODE_FACTOR).maxBytes;
  if (cut !== null && fitsAll) return copiedBytes;
  return cut === null ? encodedBytes : Math.max(copiedBytes, encodedBytes);
}

function entriesOf({ samples }: FileTrack): Buffer[] {
  return [...new Set(samples.map(({ sampleEntry }) => sampleEntry))];
}

/** Says whether all of these sample entries are among others. */
function isWithin(entries: readonly Buffer[], others: readonly Buffer[]): boolean {
  return entries.every((entry) => others.some((other) => other.equals(entry)));
}
