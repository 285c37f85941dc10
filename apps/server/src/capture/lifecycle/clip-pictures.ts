import { shownAt } from '@hindsight/mp4/layout/exact-cut';
import { parseMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { readMoovOfFile } from '@hindsight/mp4/tables/sample-tables';
import { parseStoredMoov } from '../../clips/stored-moov.ts';
import type { StorageKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';

/** A picture is one frame of a clip. */
export interface Picture {
  /**
   * The picture is shown at this time on the file's own presentation clock. It is below 0 when an edit list hides the
   * picture.
   */
  atSeconds: number;
  sizeBytes: number;
  isKeyframe: boolean;
}

/** Returns the pictures of a video, in the order in which they are shown. */
export function picturesOf(video: FileTrack): Picture[] {
  return video.samples
    .map((sample): Picture => ({
      atSeconds: shownAt(video, sample) / video.timescale,
      sizeBytes: sample.sizeBytes,
      isKeyframe: sample.isKey,
    }))
    .toSorted((a, b) => a.atSeconds - b.atSeconds);
}

/**
 * Returns the pictures of a finished clip. Only the index (moov) is read.
 * @throws BrokenMovieError, also when there is no picture; the file system's error when the file is gone
 */
export function readPictures(path: string): Promise<Picture[]> {
  return readMoovOfFile(path, (moov) => picturesOf(trackOf(parseMovieTracks(moov, path), 'video')));
}

/**
 * Returns the tracks of a stored clip. Only the index is fetched.
 * @throws BrokenMovieError; AppError NOT_FOUND, STORAGE_UNAVAILABLE
 */
export function readStoredTracks(
  storage: Pick<ObjectStorage, 'read'>,
  key: StorageKey,
): Promise<FileTrack[]> {
  return parseStoredMoov(storage, key, (moov) => parseMovieTracks(moov, key));
}
