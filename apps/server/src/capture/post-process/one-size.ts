import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import {
  firstPieceOfOtherSize,
  fitsBySize,
  pieceAlone,
  withPiece,
  type Fits,
  type OtherSizePiece,
} from '@hindsight/mp4/layout/one-size';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { readMovieTracks, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { AppError } from '@hindsight/shared/errors';
import type { Ffmpeg, RunOptions } from '../../ffmpeg/ffmpeg.ts';
import { MAX_BYTES_PER_SECOND } from '../instant/clip-file-writer.ts';
import { pieceCommand } from './one-size-args.ts';

/**
 * Gives all pictures of a video one size, which is that of the largest: those that don't fit are encoded anew and letterboxed. Returns the
 * video as it is when they have one size, or can't be encoded apart. The new pictures are in files in `directory`.
 * @throws AppError FFMPEG_UNAVAILABLE, DISK_LOW
 */
export async function toOneSize(
  ffmpeg: Pick<Ffmpeg, 'run'>,
  video: FileTrack,
  options: RunOptions & { directory: string },
  fits: Fits = fitsBySize,
): Promise<FileTrack> {
  try {
    let whole = video;
    for (let number = 0; ; number++) {
      const piece = firstPieceOfOtherSize(whole, fits);
      if (piece === null) return whole;
      whole = withPiece(whole, piece, await encoded(ffmpeg, whole, piece, { ...options, number }), fits);
    }
  } catch (error) {
    // It plays in two sizes too, and what takes too long or fails here would do so again.
    if (error instanceof AppError && error.code === 'CONCATENATION_FAILED') return video;
    throw error;
  }
}

async function encoded(
  ffmpeg: Pick<Ffmpeg, 'run'>,
  video: FileTrack,
  piece: OtherSizePiece,
  { directory, number, ...options }: RunOptions & { directory: string; number: number },
): Promise<FileTrack> {
  const { width, height } = video;
  const { coding } = piece;
  // ffmpeg gets the piece by itself, because the pictures before and behind it have another size.
  const alone = pieceAlone(video, piece);
  const sourcePath = join(directory, 'piece.mp4');
  const outputPath = join(directory, `piece-${number}.mp4`);
  const { signal } = options;
  await writeLayout(layOutTracks(alone, []), sourcePath, {
    signal,
    maxBytesPerSecond: MAX_BYTES_PER_SECOND,
  });
  await ffmpeg.run(pieceCommand(sourcePath, alone, { width, height, coding, outputPath }), options);
  await rm(sourcePath);
  const [track] = await readMovieTracks(outputPath);
  if (track === undefined || track.samples.length !== alone.samples.length)
    throw new AppError('CONCATENATION_FAILED', { cause: new Error('pictures of another size are missing') });
  return track;
}
