import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Servers } from '../cluster/servers.ts';

const TEMP = 'tmp';

export interface WorkFolderOptions {
  root: string;
  /** Those that may be at work under the same root. */
  servers: Pick<Servers, 'id' | 'liveIds'>;
}

/** Directories for unfinished files, all under one root. */
export function createWorkFolder({ root, servers }: WorkFolderOptions) {
  const tempRoot = resolve(root, TEMP);
  // Of this process alone: a child that outlived a killed server finds its directory gone, and can't leave anything behind.
  const ownTemp = join(tempRoot, servers.id);

  /** Frees what servers that have gone left unfinished. */
  async function freeAbandoned(): Promise<void> {
    // Before the servers: one is alive before it makes a directory.
    const names = await readdir(tempRoot);
    const live = new Set(await servers.liveIds());
    for (const name of names)
      if (!live.has(name)) await rm(join(tempRoot, name), { recursive: true, force: true });
  }

  return {
    async open(): Promise<void> {
      await mkdir(ownTemp, { recursive: true });
      await freeAbandoned();
    },

    freeAbandoned,

    async makeTempDir(): Promise<string> {
      return mkdtemp(join(ownTemp, 'work-'));
    },
  };
}
