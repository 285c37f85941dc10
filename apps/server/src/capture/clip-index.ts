import { buffer as collect } from 'node:stream/consumers';
import { parseMovieTracks, type FileTrack } from '../mp4/movie-tracks.ts';
import { readMoov, readMoovOf, required, type ReadBytes } from '../mp4/sample-tables.ts';
import type { StorageKey } from '../storage/storage-key.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';

/** A picture of a clip. */
export interface Picture {
  /** When it is shown, on the file's own presentation clock; below 0 when an edit list hides it. */
  atSeconds: number;
  sizeBytes: number;
  isKeyframe: boolean;
}

/** What a finished clip's index (moov) says of its samples. */
export interface ClipIndex {
  /** In the order in which they are shown. */
  pictures: readonly Picture[];
  /** Null: no sound. */
  audio: { sizeBytes: number; sampleCount: number } | null;
  width: number;
  height: number;
}

/**
 * Reads the sample tables of an MP4 (ISO/IEC 14496-12, 8.6 and 8.7), without touching its media.
 * @throws BrokenMovieError, or the file system's error when it is gone
 */
export function readClipIndex(path: string): Promise<ClipIndex> {
  return readMoovOf(path, parseMoov);
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

/** @throws RangeError when there is no picture in the moov, or its tables are cut or nonsense */
export function parseMoov(moov: Buffer): ClipIndex {
  const tracks = parseMovieTracks(moov, 'clip');
  const ofKind = (kind: FileTrack['kind']) => tracks.find((track) => track.kind === kind);
  const video = required(ofKind('video'), 'video track');
  const sound = ofKind('audio');
  return {
    pictures: picturesOf(video),
    audio:
      sound === undefined
        ? null
        : {
            sizeBytes: sound.samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
            sampleCount: sound.samples.length,
          },
    width: video.width,
    height: video.height,
  };
}

function picturesOf({ samples, presentedFrom, timescale }: FileTrack): Picture[] {
  return samples
    .map(({ decodeTime, compositionOffset, sizeBytes, isKey }): Picture => ({
      atSeconds: (decodeTime + compositionOffset - presentedFrom) / timescale,
      sizeBytes,
      isKeyframe: isKey,
    }))
    .toSorted((a, b) => a.atSeconds - b.atSeconds);
}
