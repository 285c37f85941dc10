import { statfs as statFileSystem } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { GiB } from '@hindsight/shared/units';

/** The guard reads this part of `statfs`: the block size, and the numbers of all blocks and of those available to us. */
type StatFs = (path: string) => Promise<{ bsize: number; blocks: number; bavail: number }>;

const DEFAULT_FLOOR_BYTES = 2 * GiB;
const DEFAULT_FLOOR_FRACTION = 0.05;

export interface DiskGuardOptions {
  /** The path exists in the file system to watch. */
  path: string;
  /** Nothing new begins when less is free than the greater of these two. */
  floorBytes?: number;
  floorFraction?: number;
  statfs?: StatFs;
}

export type DiskGuard = ReturnType<typeof createDiskGuard>;

/** Keeps a minimum of free space, so that what is accepted can also be finished and the database can always write. */
export function createDiskGuard({
  path,
  floorBytes = DEFAULT_FLOOR_BYTES,
  floorFraction = DEFAULT_FLOOR_FRACTION,
  statfs = statFileSystem,
}: DiskGuardOptions) {
  /** Returns the free space above the floor, which is negative below it. */
  async function headroomBytes(): Promise<number> {
    const { bsize, blocks, bavail } = await statfs(path);
    return bavail * bsize - Math.max(floorBytes, blocks * bsize * floorFraction);
  }

  async function freeBytes(): Promise<number> {
    const { bsize, bavail } = await statfs(path);
    return bavail * bsize;
  }

  return {
    freeBytes,

    /** Returns how many bytes must be freed to be above the floor again, or 0 when there is enough space. */
    async shortfallBytes(): Promise<number> {
      return Math.max(0, Math.ceil(-(await headroomBytes())));
    },

    async isLow(): Promise<boolean> {
      return (await headroomBytes()) < 0;
    },

    /**
     * Checks that so many bytes can be written.
     * @throws AppError DISK_LOW when writing them would go below the floor
     */
    async requireSpace(bytes: number): Promise<void> {
      if ((await headroomBytes()) < bytes) throw new AppError('DISK_LOW');
    },

    /**
     * Checks that so many bytes can be written at all, below the floor too.
     * @throws AppError DISK_LOW
     */
    async requireFree(bytes: number): Promise<void> {
      if ((await freeBytes()) < bytes) throw new AppError('DISK_LOW');
    },
  };
}
