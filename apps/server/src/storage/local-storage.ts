import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { forceToDisk } from './force-to-disk.ts';
import { isStorageKey, REPLAYS_PREFIX, type StorageKey } from './storage-key.ts';
import { StorageSetupError, type ObjectStorage, type StoredObject } from './storage.port.ts';
import { createWorkFolder, type WorkFolderOptions } from './work-folder.ts';

const READ_BYTES = 256 * 1024;

/**
 * Stores files under one directory, on this machine or a network file system. A file is written to a temporary directory
 * in the same file system, forced to disk and renamed.
 */
export function createLocalStorage({ root, servers }: WorkFolderOptions): ObjectStorage {
  const workFolder = createWorkFolder({ root, servers });

  function pathOf(key: StorageKey): string {
    if (!isStorageKey(key)) throw new RangeError(`${JSON.stringify(key)} is not a storage key`);
    return resolve(root, key);
  }

  return {
    async open() {
      try {
        await workFolder.open();
        await mkdir(join(root, REPLAYS_PREFIX), { recursive: true });
        await probeFolder(root);
      } catch (error) {
        throw new StorageSetupError(
          `Clips can not be kept in ${root}: ${error instanceof Error ? error.message : String(error)}.`,
          'Give the user that runs the server the right to write, rename and delete there (on NFS: also as the export ' +
            'maps it), or set REPLAY_STORAGE_PATH to another folder.',
          { cause: error },
        );
      }
    },

    freeAbandoned: workFolder.freeAbandoned,
    makeTempDir: workFolder.makeTempDir,

    async commit(tempPath, key, { signal } = {}) {
      const path = pathOf(key);
      signal?.throwIfAborted();
      await forceToDisk(tempPath);
      await mkdir(dirname(path), { recursive: true });
      await rename(tempPath, path);
      await forceToDisk(dirname(path));
    },

    async read(key, { start, end }) {
      const path = pathOf(key);
      const file = await orNotFound(open(path));
      return file.createReadStream({ start, end, highWaterMark: READ_BYTES });
    },

    async localCopy(key) {
      const path = pathOf(key);
      await orNotFound(stat(path));
      return path;
    },

    downloadUrl: async () => null,

    async remove(key) {
      await rm(pathOf(key), { force: true });
    },

    async ping() {
      await stat(join(root, REPLAYS_PREFIX));
    },

    async *list() {
      const prefix = join(root, REPLAYS_PREFIX);
      for (const directory of await readdir(prefix)) {
        const names = await namesIn(join(prefix, directory));
        const keys = names.map((name) => `${REPLAYS_PREFIX}/${directory}/${name}`).filter(isStorageKey);
        const objects = await Promise.all(keys.map((key) => describe(key, pathOf(key))));
        yield objects.filter((object) => object !== null);
      }
    },

    close: () => undefined,
  };
}

/** Does once what is done with every clip: writes, renames and deletes a file. */
async function probeFolder(root: string): Promise<void> {
  const name = `.probe-${randomUUID()}`;
  const path = join(root, REPLAYS_PREFIX, name);
  const renamed = join(root, REPLAYS_PREFIX, `${name}-renamed`);
  await writeFile(path, 'probe');
  try {
    await rename(path, renamed);
  } finally {
    await Promise.all([rm(path, { force: true }), rm(renamed, { force: true })]);
  }
}

/** Returns an object's time, or null when the object has been deleted meanwhile. */
async function describe(key: StorageKey, path: string): Promise<StoredObject | null> {
  try {
    return { key, modifiedAt: (await stat(path)).mtime };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function orNotFound<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new AppError('NOT_FOUND', { cause: error });
    throw error;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'ENOENT')) return [];
    throw error;
  }
}
