import { trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { picturesOf } from '../../capture/lifecycle/clip-pictures.ts';

/** Returns since when the picture, or the keyframe, is on screen that is seen at a time. */
export function shownSince(
  movie: readonly FileTrack[],
  atSeconds: number,
  { isKeyframe = false } = {},
): number {
  const pictures = picturesOf(trackOf(movie, 'video'));
  const shown = pictures.findLast(
    (picture) => picture.atSeconds <= atSeconds && (picture.isKeyframe || !isKeyframe),
  );
  return Math.max(0, shown?.atSeconds ?? 0);
}
