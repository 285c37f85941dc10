import { GiB } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { createDiskGuard, type DiskGuardOptions } from './disk-guard.ts';

/** Creates a guard of a disk of this size and free space, in GiB. */
function guardOf(totalGiB: number, freeGiB: number, options: Partial<DiskGuardOptions> = {}) {
  const bsize = 4096;
  const statfs = async () => ({
    bsize,
    blocks: (totalGiB * GiB) / bsize,
    bavail: (freeGiB * GiB) / bsize,
  });
  return createDiskGuard({ path: '/', statfs, ...options });
}

describe('the floor of free space', () => {
  it.each([
    { totalGiB: 20, freeGiB: 1.9, isLow: true, why: 'below 2 GB' },
    { totalGiB: 20, freeGiB: 2, isLow: false, why: 'exactly 2 GB' },
    { totalGiB: 100, freeGiB: 4.9, isLow: true, why: 'below 5 % of a large disk' },
    { totalGiB: 100, freeGiB: 5.1, isLow: false, why: 'above 5 % of a large disk' },
  ])('$why of $totalGiB GiB', async ({ totalGiB, freeGiB, isLow }) => {
    expect(await guardOf(totalGiB, freeGiB).isLow()).toBe(isLow);
  });

  it('can be configured', async () => {
    const floor = { floorBytes: 1 * GiB, floorFraction: 0 };
    expect(await guardOf(100, 1.5, floor).isLow()).toBe(false);
    expect(await guardOf(100, 0.5, floor).isLow()).toBe(true);
  });

  it('refuses writes that would go below it', async () => {
    const guard = guardOf(20, 3);
    await expect(guard.requireSpace(1 * GiB)).resolves.toBeUndefined();
    await expect(guard.requireSpace(1 * GiB + 1)).rejects.toMatchObject({ code: 'DISK_LOW' });
  });

  it('says how much is missing', async () => {
    expect(await guardOf(20, 1.5).shortfallBytes()).toBe(0.5 * GiB);
    expect(await guardOf(20, 3).shortfallBytes()).toBe(0);
  });

  it('can be read for the disk that tests run on', async () => {
    const guard = createDiskGuard({ path: import.meta.dirname, floorBytes: 0, floorFraction: 0 });
    expect(await guard.isLow()).toBe(false);
  });
});
