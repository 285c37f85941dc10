import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const TEMP = 'tmp';

/** Directories for unfinished files, all under one root. */
export function createWorkFolder({ root }: { root: string }) {
  const tempRoot = resolve(root, TEMP);
  // Of this process alone: a child that outlived a killed server finds its directory gone, and can't leave anything behind.
  const ownTemp = join(tempRoot, randomUUID());

  return {
    /** Frees what an earlier process left unfinished. */
    async open(): Promise<void> {
      await rm(tempRoot, { recursive: true, force: true });
      await mkdir(ownTemp, { recursive: true });
    },

    async makeTempDir(): Promise<string> {
      return mkdtemp(join(ownTemp, 'work-'));
    },
  };
}
