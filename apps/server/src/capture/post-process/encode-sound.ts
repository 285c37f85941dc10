import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { joinSoundPieces } from '@hindsight/mp4/layout/join-sound-pieces';
import { readMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import type { Ffmpeg, RunOptions } from '../../ffmpeg/ffmpeg.ts';
import { OVERLAP_PACKETS, soundCommand, soundStretches } from './sound-args.ts';

/** More processes than this make reading the slow part. */
const MAX_PROCESSES = 4;

interface SoundToEncode {
  sourcePath: string;
  durationSeconds: number;
  /** This much silence is put before it. */
  silentSeconds: number;
  /** The encoded sound is written here. */
  directory: string;
  /** So many encoders may work side by side. */
  processes?: number;
}

/**
 * Encodes a file's sound as AAC. Where processors are free, several encoders work side by side, and the sound is the same to the
 * sample as if one had done it.
 * @throws AppError FFMPEG_UNAVAILABLE, DISK_LOW, CONCATENATION_FAILED
 */
export async function encodeSound(
  ffmpeg: Pick<Ffmpeg, 'run'>,
  { sourcePath, durationSeconds, silentSeconds, directory, processes = freeProcessors() }: SoundToEncode,
  options: RunOptions,
): Promise<FileTrack> {
  const stretches = soundStretches(durationSeconds, silentSeconds > 0 ? 1 : processes);
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const pieces = await Promise.all(
    stretches.map(async (stretch, index) => {
      const outputPath = join(directory, `sound-${index}.mp4`);
      const command = soundCommand(sourcePath, { silentSeconds, stretch, outputPath });
      await ffmpeg.run(command, { ...options, signal });
      return { firstPacket: stretch.firstPacket, track: trackOf(await readMovieTracks(outputPath), 'audio') };
    }),
  ).catch((error: unknown) => {
    // The others need not go on.
    failed.abort(error);
    throw error;
  });
  const joined = await joinSoundPieces(pieces, OVERLAP_PACKETS);
  if (joined !== null) return joined;
  const whole = { sourcePath, durationSeconds, silentSeconds, directory, processes: 1 };
  return encodeSound(ffmpeg, whole, options);
}

/** Returns how many processors have had nothing to do for a minute; at least one. */
function freeProcessors(): number {
  const [load = 0] = loadavg();
  return Math.max(1, Math.min(MAX_PROCESSES, Math.round(availableParallelism() - load)));
}
