import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Servers } from '../cluster/servers.ts';

const TEMP = 'tmp';

export interface WorkFolderOptions {
  root: string;
  /** These servers may be working under the same root. */
  servers: Pick<Servers, 'id' | 'liveIds'>;
}

/** Creates directories for unfinished files, all under one root. Each server has its own. */
export function createWorkFolder({ root, servers }: WorkFolderOptions) {
  const tempRoot = resolve(root, TEMP);
  // The directory belongs to this process only. A child process that outlived a killed server finds it gone, and can't
  // leave anything behind.
  const ownTemp = join(tempRoot, servers.id);

  /** Deletes what servers that are gone left unfinished. */
  async function freeAbandoned(): Promise<void> {
    // Directories are listed before servers, because a server is registered before it creates its directory.
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
