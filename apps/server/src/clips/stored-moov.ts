import { buffer } from 'node:stream/consumers';
import { readMoov } from '@hindsight/mp4/tables/sample-tables';
import type { ObjectStorage } from '../storage/storage.port.ts';

/** A stored MP4: the key of its object, and its index (moov). */
export interface StoredMovie {
  key: string;
  moov: Uint8Array;
}

/**
 * Reads the index of a stored MP4; nothing else of it is fetched.
 * @throws BrokenMovieError, also where `parse` reads past the index; AppError NOT_FOUND, STORAGE_UNAVAILABLE
 */
export function parseStoredMoov<T>(
  storage: Pick<ObjectStorage, 'read'>,
  key: string,
  parse: (moov: Buffer) => T,
): Promise<T> {
  return readMoov(
    key,
    async (position, length) =>
      buffer(await storage.read(key, { start: position, end: position + length - 1 })),
    parse,
  );
}

/** Does the same without looking at what it says. */
export function readStoredMovie(storage: Pick<ObjectStorage, 'read'>, key: string): Promise<StoredMovie> {
  return parseStoredMoov(storage, key, (moov) => ({ key, moov }));
}
