import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes a folder a file system of its own, in memory and of that size, where this process may mount one.
 * @returns null where it may not
 */
export async function mountSmallDisk(folder: string, sizeMiB: number): Promise<SmallDisk | null> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=755`, 'hindsight-test', folder]);
  } catch {
    return null;
  }
  return {
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    remove: () => run('umount', ['--lazy', folder]).then(() => undefined),
  };
}

export interface SmallDisk {
  freeBytes(): Promise<number>;
  remove(): Promise<void>;
}
