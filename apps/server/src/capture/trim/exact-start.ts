import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { cutVideo, type ExactCut } from '@hindsight/mp4/layout/exact-cut';
import { readMovieTracks, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import type { Ffmpeg, RunOptions } from '../../ffmpeg/ffmpeg.ts';
import { headCommand } from './head-args.ts';

/**
 * Returns the video of a cut. Its samples are those of the clip and, where the cut begins between keyframes, of a small
 * file that is written in `directory`.
 * @param options.headFile that file, if it was made before
 * @throws AppError FFMPEG_UNAVAILABLE, DISK_LOW, CONCATENATION_FAILED
 */
export async function cutExactly(
  ffmpeg: Ffmpeg,
  sourcePath: string,
  { video, cut }: { video: FileTrack; cut: ExactCut },
  { directory, headFile = null, ...options }: RunOptions & { directory: string; headFile?: Buffer | null },
): Promise<FileTrack> {
  if (cut.first === cut.copiedFrom) return cutVideo(video, cut, null);
  const path = join(directory, 'head.mp4');
  const { isBackground } = options;
  if (headFile !== null) await writeFile(path, headFile);
  else await ffmpeg.run(headCommand(sourcePath, { video, cut }, { outputPath: path, isBackground }), options);
  const [head] = await readMovieTracks(path);
  if (head === undefined || head.samples.length === 0)
    throw new AppError('CONCATENATION_FAILED', { cause: new Error('no picture before the first keyframe') });
  return cutVideo(video, cut, head);
}
