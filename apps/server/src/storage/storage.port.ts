import type { Readable } from 'node:stream';
import type { StorageKey } from './storage-key.ts';

/** The range is a part of an object, from `start` to `end`, both included. */
export interface StoredRange {
  start: number;
  end: number;
}

export interface CommitOptions {
  signal?: AbortSignal;
  /** Receives the fraction of the file that has arrived, 0 to 1, where it takes time. */
  onProgress?: (fraction: number) => void;
}

interface DownloadOptions {
  contentType: string;
  /** This is the Content-Disposition. Null means that the file is shown, not saved. */
  disposition: string | null;
}

/** A listing returns this for each stored object. */
export interface StoredObject {
  key: StorageKey;
  modifiedAt: Date;
}

/**
 * The object storage holds the files of clips. An object appears whole or not at all, and is never changed after that. A
 * key that isn't ours is a RangeError everywhere. Two implementations pass the same contract test.
 */
export interface ObjectStorage {
  /**
   * Proves that objects can be written, read and deleted, and frees what an earlier process left unfinished. It is called
   * once, before anything else.
   * @throws StorageSetupError with what is wrong and what to do
   */
  open(): Promise<void>;

  /** Frees what servers that are gone left unfinished, as far as this server can see it. A periodic job calls it. */
  freeAbandoned(): Promise<void>;

  /** Creates a new directory on this machine for unfinished files. The caller removes it. */
  makeTempDir(): Promise<string>;

  /**
   * Stores a finished file from a temporary directory under a key; the file may be gone from the directory afterwards.
   * When this resolves, the object is whole and survives a loss of power; when it rejects, the file is still in its
   * directory.
   * @throws AppError STORAGE_UNAVAILABLE, DISK_LOW; the signal's reason
   */
  commit(tempPath: string, key: StorageKey, options?: CommitOptions): Promise<void>;

  /**
   * Reads a part of an object, or less where the object ends before. The stream continues by itself where a connection
   * breaks.
   * @throws AppError NOT_FOUND when there is no such object, STORAGE_UNAVAILABLE
   */
  read(key: StorageKey, range: StoredRange): Promise<Readable>;

  /**
   * Returns the path of an object for programs on this machine: its own path, or that of a copy made in the directory.
   * @throws AppError NOT_FOUND, STORAGE_UNAVAILABLE, DISK_LOW; the signal's reason
   */
  localCopy(key: StorageKey, directory: string, signal: AbortSignal): Promise<string>;

  /**
   * Returns a URL from which a browser gets the object directly for some hours, or null when the server has to pass the
   * bytes on.
   */
  downloadUrl(key: StorageKey, options: DownloadOptions): Promise<string | null>;

  /** Deletes an object. An object that isn't there counts as deleted. */
  remove(key: StorageKey): Promise<void>;

  /** Throws, or takes long, while objects can't be reached. It is cheap enough to be called every few seconds. */
  ping(): Promise<void>;

  /** Lists all objects, some at a time. Whatever can't be ours is left out. */
  list(): AsyncGenerator<StoredObject[]>;

  close(): void;
}

/** The storage can't be used as it is configured. The message is for the administrator of the server. */
export class StorageSetupError extends Error {
  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(`${problem}\n${remedy}`, options);
    this.name = 'StorageSetupError';
  }
}
