import { statfs as statFileSystem } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { GiB } from '@hindsight/shared/units';

/** What of `statfs` the guard reads: block size and counts of blocks, in all and free to us. */
export type StatFs = (path: string) => Promise<{ bsize: number; blocks: number; bavail: number }>;

const DEFAULT_FLOOR_BYTES = 2 * GiB;
const DEFAULT_FLOOR_FRACTION = 0.05;

export interface DiskGuardOptions {
  /** An existing path in the file system to watch. */
  path: string;
  /** Below the greater of the two, nothing new is begun. */
  floorBytes?: number;
  floorFraction?: number;
  statfs?: StatFs;
}

export type DiskGuard = ReturnType<typeof createDiskGuard>;

/** Keeps a floor of free space, so that what is accepted can also be finished and the database can always write. */
export function createDiskGuard({
  path,
  floorBytes = DEFAULT_FLOOR_BYTES,
  floorFraction = DEFAULT_FLOOR_FRACTION,
  statfs = statFileSystem,
}: DiskGuardOptions) {
  /** Free space above the floor; negative below it. */
  async function headroomBytes(): Promise<number> {
    const { bsize, blocks, bavail } = await statfs(path);
    return bavail * bsize - Math.max(floorBytes, blocks * bsize * floorFraction);
  }

  return {
    async freeBytes(): Promise<number> {
      const { bsize, bavail } = await statfs(path);
      return bavail * bsize;
    },

    /** How much must be freed to be above the floor again; 0 when there is enough. */
    async shortfallBytes(): Promise<number> {
      return Math.max(0, Math.ceil(-(await headroomBytes())));
    },

    async isLow(): Promise<boolean> {
      return (await headroomBytes()) < 0;
    },

    /** @throws AppError DISK_LOW when writing so much would go below the floor */
    async requireSpace(bytes: number): Promise<void> {
      if ((await headroomBytes()) < bytes) throw new AppError('DISK_LOW');
    },
  };
}
