import type { Readable } from 'node:stream';
import type { StorageKey } from './storage-key.ts';

/** A part of an object: from `start` to `end`, both included. */
export interface StoredRange {
  start: number;
  end: number;
}

export interface CommitOptions {
  signal?: AbortSignal;
  /** Told, where it takes time, how much of the file has arrived: 0 to 1. */
  onProgress?: (fraction: number) => void;
}

export interface DownloadOptions {
  contentType: string;
  /** Null: shown, not saved. */
  disposition: string | null;
}

/** A stored object as a listing has it. */
export interface StoredObject {
  key: StorageKey;
  modifiedAt: Date;
}

/**
 * Where the files of clips are. An object appears whole or not at all, and is never changed after that; a key that isn't
 * ours is a RangeError everywhere. Two implementations pass the same contract test.
 */
export interface ObjectStorage {
  /**
   * Proves that objects can be written, read and deleted, and frees what an earlier process left unfinished. Once, before
   * anything else.
   * @throws StorageSetupError with what is wrong and what to do
   */
  open(): Promise<void>;

  /** Frees what servers that have gone left unfinished where this one can see it. For a periodic job. */
  freeAbandoned(): Promise<void>;

  /** A new directory of this machine for unfinished files; whoever asks for it removes it. */
  makeTempDir(): Promise<string>;

  /**
   * Puts a finished file from a temporary directory in its place; the file may be gone from there afterwards. When this
   * resolves, the object is whole and survives a loss of power; when it doesn't, the file is still in its directory.
   * @throws AppError STORAGE_UNAVAILABLE, DISK_LOW; the signal's reason
   */
  commit(tempPath: string, key: StorageKey, options?: CommitOptions): Promise<void>;

  /**
   * A part of an object; less where the object ends before. The stream goes on by itself where a connection breaks.
   * @throws AppError NOT_FOUND when there is no such object, STORAGE_UNAVAILABLE
   */
  read(key: StorageKey, range: StoredRange): Promise<Readable>;

  /**
   * The path of an object for programs of this machine: its own, or that of a copy in the directory.
   * @throws AppError NOT_FOUND, STORAGE_UNAVAILABLE, DISK_LOW; the signal's reason
   */
  localCopy(key: StorageKey, directory: string, signal: AbortSignal): Promise<string>;

  /** An address from which a browser gets the object by itself, for a while; null: the server passes the bytes on. */
  downloadUrl(key: StorageKey, options: DownloadOptions): Promise<string | null>;

  /** Deletes an object; one that isn't there counts as deleted. */
  remove(key: StorageKey): Promise<void>;

  /** Throws, or takes long, while objects can't be reached. Cheap enough to be asked every few seconds. */
  ping(): Promise<void>;

  /** All objects, some at a time. What can't be ours is left out. */
  list(): AsyncGenerator<StoredObject[]>;

  close(): void;
}

/** The storage can't be used as it is configured: for whoever runs the server. */
export class StorageSetupError extends Error {
  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(`${problem}\n${remedy}`, options);
    this.name = 'StorageSetupError';
  }
}
