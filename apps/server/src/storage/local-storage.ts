import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { isStorageKey, REPLAYS_PREFIX, type StorageKey } from './storage-key.ts';

export type LocalStorage = ReturnType<typeof createLocalStorage>;

const TEMP = 'tmp';

/**
 * Files under one directory. An object appears whole or not at all: it is written to a temporary place in the same file
 * system, forced to disk and renamed.
 */
export function createLocalStorage({ root }: { root: string }) {
  const tempRoot = resolve(root, TEMP);
  // Of this process alone: a child that outlived a killed server finds its directory gone, and can't leave anything behind.
  const ownTemp = join(tempRoot, randomUUID());

  function pathOf(key: StorageKey): string {
    if (!isStorageKey(key)) throw new RangeError(`${JSON.stringify(key)} is not a storage key`);
    return resolve(root, key);
  }

  return {
    /** Makes the directories, and frees what an earlier process left unfinished. Once, before anything is written. */
    async open(): Promise<void> {
      await rm(tempRoot, { recursive: true, force: true });
      await mkdir(ownTemp, { recursive: true });
      await mkdir(join(root, REPLAYS_PREFIX), { recursive: true });
    },

    /** A new directory for unfinished files; whoever asks for it removes it. */
    async makeTempDir(): Promise<string> {
      return mkdtemp(join(ownTemp, 'work-'));
    },

    /** Puts a finished file from a temporary directory in its place. When this resolves, it survives a loss of power. */
    async commit(tempPath: string, key: StorageKey): Promise<void> {
      const path = pathOf(key);
      await sync(tempPath);
      await mkdir(dirname(path), { recursive: true });
      await rename(tempPath, path);
      await sync(dirname(path));
    },

    /**
     * The bytes from `start` to `end`, both included.
     * @throws the file system's ENOENT when there is no such object
     */
    async read(key: StorageKey, { start, end }: { start: number; end: number }): Promise<Readable> {
      const file = await open(pathOf(key));
      return file.createReadStream({ start, end, highWaterMark: READ_BYTES });
    },

    /** Where a program of this machine reads an object. */
    localPath: pathOf,

    /** Deletes an object; one that isn't there counts as deleted. */
    async remove(key: StorageKey): Promise<void> {
      await rm(pathOf(key), { force: true });
    },

    /** All keys, a directory at a time. Files that can't be ours are left out. */
    async *keys(): AsyncGenerator<StorageKey[]> {
      const prefix = join(root, REPLAYS_PREFIX);
      for (const directory of await readdir(prefix)) {
        const names = await namesIn(join(prefix, directory));
        yield names.map((name) => `${REPLAYS_PREFIX}/${directory}/${name}`).filter(isStorageKey);
      }
    },
  };
}

const READ_BYTES = 256 * 1024;

/** Forces a file, or a directory's entries, to disk. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTDIR' || error.code === 'ENOENT'))
      return [];
    throw error;
  }
}
