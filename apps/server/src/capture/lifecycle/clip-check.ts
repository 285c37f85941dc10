import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { forceToDisk } from '../../storage/force-to-disk.ts';
import { sha256SmallFile } from './checksum.ts';
import { readPictures } from './clip-pictures.ts';
import type { Ffmpeg, MediaProbe } from '../../ffmpeg/ffmpeg.ts';
import { stillsCommand } from '../../ffmpeg/still-args.ts';

export interface WrittenFile {
  path: string;
  sizeBytes: number;
  /** The checksum is a SHA-256 in hex. */
  checksum: string;
}

/** A written clip is finished and checked, and still in its temporary directory. */
export interface WrittenClip {
  video: WrittenFile;
  poster: WrittenFile;
  /** The clip's separate tracks, if it has some. */
  tracks?: WrittenFile | null;
  durationMs: number;
  width: number;
  height: number;
  videoCodec: string;
  audioCodec: string | null;
}

export interface CheckOptions {
  /** Temporary files are written to this directory. */
  directory: string;
  durationSeconds: number;
  toleranceSeconds: number;
  /** The checksum of the file is a SHA-256 in hex, which may still be computed. */
  checksum: string | Promise<string>;
  signal: AbortSignal;
  /** Receives in words how a clip differs from its plan, which then is no error. */
  onDeviation?: ((deviation: string) => void) | undefined;
}

const STILLS_TIMEOUT_MS = MINUTE;
/** The first picture of a clip is shown at most this long after its start. */
export const START_TOLERANCE_SECONDS = 0.02;

/**
 * Checks a written clip: it has the planned length and start, and both ends can be decoded. Makes its poster as well.
 * @throws AppError CONCATENATION_FAILED when a check fails, but a deviation that is received is no failure
 */
export async function checkClip(ffmpeg: Ffmpeg, path: string, options: CheckOptions): Promise<WrittenClip> {
  const { directory, signal } = options;
  const stills = { headPath: join(directory, 'head.jpg'), tailPath: join(directory, 'tail.jpg') };
  // All run at once while the file is still in memory, so it takes as long as the slowest, which is the hash.
  const [probe, checksum] = await Promise.all([
    ffmpeg.probe(path, signal).then((probed) => requirePlanned(probed, options)),
    options.checksum,
    // The storage syncs the file again before it relies on it, and then has nothing left to wait for.
    forceToDisk(path),
    ffmpeg.run(stillsCommand(path, stills), { timeoutMs: STILLS_TIMEOUT_MS, signal }),
  ]);
  await requirePicture(stills.headPath);
  const pictures = await readPictures(path);
  // A clip shorter than the distance of keyframes may only have the keyframe before its start, which is hidden.
  const isKeyframeShown = pictures.some(({ isKeyframe, atSeconds }) => isKeyframe && atSeconds >= 0);
  const posterPath = isKeyframeShown ? stills.tailPath : stills.headPath;
  await requirePicture(posterPath);
  return {
    video: await describeFile(path, checksum),
    poster: await describeFile(posterPath, await sha256SmallFile(posterPath)),
    durationMs: Math.round(probe.durationSeconds * SECOND),
    width: probe.video?.width ?? 0,
    height: probe.video?.height ?? 0,
    videoCodec: probe.video?.codec ?? '',
    audioCodec: probe.audio?.codec ?? null,
  };
}

function requirePlanned(probe: MediaProbe, planned: CheckOptions): MediaProbe {
  if (probe.video === null) throw failed('there is no picture');
  const deviation =
    Math.abs(probe.video.startSeconds) > START_TOLERANCE_SECONDS
      ? `the first picture is at ${probe.video.startSeconds} s`
      : Math.abs(probe.durationSeconds - planned.durationSeconds) > planned.toleranceSeconds
        ? `it lasts ${probe.durationSeconds} s instead of ${planned.durationSeconds} s`
        : null;
  if (deviation === null) return probe;
  if (planned.onDeviation === undefined) throw failed(deviation);
  planned.onDeviation(deviation);
  return probe;
}

export async function describeFile(path: string, checksum: string): Promise<WrittenFile> {
  const { size } = await stat(path);
  return { path, sizeBytes: size, checksum };
}

/** Checks that a file was written, because ffmpeg also succeeds without a picture. */
async function requirePicture(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > 0) return;
  } catch {
    // The error below covers this case.
  }
  throw failed('an end of the clip can not be decoded');
}

function failed(problem: string): AppError {
  return new AppError('CONCATENATION_FAILED', { cause: new Error(problem) });
}
