import { buffer as collect } from 'node:stream/consumers';
import { shownAt } from '@hindsight/mp4/layout/exact-cut';
import { parseMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { readMoov, readMoovOfFile, type ReadBytes } from '@hindsight/mp4/tables/sample-tables';
import type { StorageKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';

/** A picture of a clip. */
export interface Picture {
  /** When it is shown, on the file's own presentation clock; below 0 when an edit list hides it. */
  atSeconds: number;
  sizeBytes: number;
  isKeyframe: boolean;
}

/** The pictures of a video, in the order in which they are shown. */
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
 * The pictures of a finished clip, of which only the index (moov) is read.
 * @throws BrokenMovieError, also when it has no picture; the file system's error when it is gone
 */
export function readPictures(path: string): Promise<Picture[]> {
  return readMoovOfFile(path, (moov) => picturesOf(trackOf(parseMovieTracks(moov, path), 'video')));
}

/**
 * The tracks of a stored clip, of which only the index is fetched.
 * @throws BrokenMovieError; AppError NOT_FOUND, STORAGE_UNAVAILABLE
 */
export function readStoredTracks(
  storage: Pick<ObjectStorage, 'read'>,
  key: StorageKey,
): Promise<FileTrack[]> {
  const read: ReadBytes = async (position, length) =>
    collect(await storage.read(key, { start: position, end: position + length - 1 }));
  return readMoov(key, read, (moov) => parseMovieTracks(moov, key));
}
