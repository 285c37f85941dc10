import { KiB, MiB } from '@hindsight/shared/units';
import type { ClipIndex } from './clip-index.ts';
import { moovUpperBound } from './ffmpeg-args.ts';

/** What is cut out of a clip, on its presentation clock. */
export interface TrimRange {
  fromSeconds: number;
  toSeconds: number;
}

/** How a trim is made, and what it may come to. */
export interface TrimPlan extends TrimRange {
  /** When the picture that is on screen at the start is shown in the clip: at the start, or some time before. */
  firstPictureSeconds: number;
  hasAudio: boolean;
  /** Of the picture: those of another size are letterboxed. */
  width: number;
  height: number;
  /** Of the pictures in it. */
  framesPerSecond: number;
  maxBitrateBps: number;
  /** Rate control's buffer: what may come at once. */
  bufferBits: number;
  moovBytes: number;
  /** An upper bound of the file. */
  maxBytes: number;
}

/** x264 makes the same picture of fewer bytes than an encoder of live video did; busy moments may need more. */
const REENCODE_FACTOR = 1.3;
/** The first picture becomes a whole one. */
const FIRST_PICTURE_BYTES = MiB;
const BUFFER_SECONDS = 2;
/** The encoder keeps to its rate, within this. */
const RATE_TOLERANCE = 1.1;
export const AUDIO_BITRATE_BPS = 128_000;
const AAC_PACKETS_PER_SECOND = 48_000 / 1024;
const CONTAINER_BYTES = 64 * KiB;
const MAX_FRAMES_PER_SECOND = 120;

/** Null when the clip shows nothing in that range. */
export function planTrim({ pictures, audio, width, height }: ClipIndex, range: TrimRange): TrimPlan | null {
  const { fromSeconds, toSeconds } = range;
  const durationSeconds = toSeconds - fromSeconds;
  const first = pictures.findLast((picture) => picture.atSeconds <= fromSeconds) ?? pictures[0];
  if (first === undefined || durationSeconds <= 0) return null;
  const shown = pictures.filter(({ atSeconds }) => atSeconds >= first.atSeconds && atSeconds < toSeconds);
  if (shown.length === 0) return null;
  const mediaBytes = shown.reduce((sum, picture) => sum + picture.sizeBytes, 0);
  const bitrate =
    ((mediaBytes * REENCODE_FACTOR + FIRST_PICTURE_BYTES) * 8) / (durationSeconds + BUFFER_SECONDS);
  const videoBytes = (bitrate * (durationSeconds + BUFFER_SECONDS) * RATE_TOLERANCE) / 8;
  const audioBytes = audio === null ? 0 : (AUDIO_BITRATE_BPS * RATE_TOLERANCE * (durationSeconds + 1)) / 8;
  const moovBytes = moovUpperBound({
    video: shown.length,
    audio: audio === null ? 0 : Math.ceil((durationSeconds + 1) * AAC_PACKETS_PER_SECOND),
  });
  return {
    ...range,
    firstPictureSeconds: first.atSeconds,
    hasAudio: audio !== null,
    ...{ width, height },
    framesPerSecond: Math.min(MAX_FRAMES_PER_SECOND, Math.max(1, Math.round(shown.length / durationSeconds))),
    maxBitrateBps: Math.ceil(bitrate),
    bufferBits: Math.ceil(bitrate * BUFFER_SECONDS),
    moovBytes,
    maxBytes: Math.ceil(videoBytes + audioBytes + moovBytes + CONTAINER_BYTES),
  };
}
