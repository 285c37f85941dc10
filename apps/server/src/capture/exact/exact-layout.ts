import type { LayoutBytes } from '@hindsight/mp4/layout/layout-reader';
import { planExactStart } from '@hindsight/mp4/layout/exact-cut';
import { decodedForHead, layOutExactly } from '@hindsight/mp4/layout/exact-movie';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { parseMovieTracks, readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import type { StoredMovie } from '../../clips/stored-moov.ts';
import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { headCommand } from '../trim/head-args.ts';
import { asBuffer } from '../../thread-buffers.ts';

/** What has to be done for a clip before it can be laid out exactly. */
export interface HeadWork {
  /** This much of the clip has to be decoded; it goes into a file by itself. */
  source: LayoutBytes;
  /** It encodes the pictures before the first keyframe. */
  command: FfmpegCommand;
}

/** Says how the first pictures of a clip are encoded; `none` when there are none to encode, null when the clip stays as it is. */
export function planHead({
  clip,
  sourcePath,
  outputPath,
}: {
  clip: StoredMovie;
  sourcePath: string;
  outputPath: string;
}): HeadWork | 'none' | null {
  const video = trackOf(parseMovieTracks(asBuffer(clip.moov), clip.key), 'video');
  const cut = planExactStart(video);
  if (cut === null) return null;
  if (cut.first === cut.copiedFrom) return 'none';
  const { head, parts } = layOutTracks(decodedForHead(video, cut), []);
  // One thread makes the same bytes each time, whatever the number of processors.
  return {
    source: { head, parts },
    command: headCommand(sourcePath, { video, cut }, { outputPath, isBackground: true }),
  };
}

/**
 * Lays a clip out without what an edit list hides in it.
 * @param headPath the file of its first pictures; null when there are none
 * @throws RangeError when a file is damaged, or nothing is hidden in the clip
 */
export async function exactLayout({
  clip,
  headPath,
  recordedAtMs,
}: {
  clip: StoredMovie;
  headPath: string | null;
  recordedAtMs: number;
}): Promise<LayoutBytes> {
  const movie = parseMovieTracks(asBuffer(clip.moov), clip.key);
  const cut = planExactStart(trackOf(movie, 'video'));
  if (cut === null) throw new RangeError('nothing is hidden in the clip');
  const encoded = headPath === null ? null : trackOf(await readMovieTracks(headPath), 'video');
  const { head, parts } = layOutExactly(movie, cut, encoded, recordedAtMs);
  return { head, parts };
}
