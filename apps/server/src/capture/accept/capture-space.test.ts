import { GiB, MiB } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { createDiskGuard } from '../../storage/disk-guard.ts';
import { createCaptureSpace } from './capture-space.ts';

const guard = (freeBytes: number) =>
  createDiskGuard({
    path: '/',
    floorBytes: GiB,
    statfs: async () => ({ bsize: 1, blocks: 100 * GiB, bavail: freeBytes }),
  });

/** Says whether a capture of 500 MiB is accepted. */
async function isAccepted(free: { clips: number; buffers: number; areSegmentsCopied: boolean }) {
  const space = createCaptureSpace({
    clips: guard(free.clips),
    buffers: guard(free.buffers),
    areSegmentsCopied: free.areSegmentsCopied,
  });
  return space.requireSpace(500 * MiB).then(
    () => true,
    (error: unknown) => (expect(error).toMatchObject({ code: 'DISK_LOW' }), false),
  );
}

describe('a capture', () => {
  it.each([
    ['both have space', { clips: 50 * GiB, buffers: 50 * GiB, areSegmentsCopied: false }, true],
    [
      'the buffers are at their floor',
      { clips: 50 * GiB, buffers: 16 * MiB, areSegmentsCopied: false },
      true,
    ],
    ["the buffers' disk is full", { clips: 50 * GiB, buffers: 0, areSegmentsCopied: false }, false],
    ['it fits nowhere as a copy', { clips: 50 * GiB, buffers: 400 * MiB, areSegmentsCopied: true }, false],
    ['it fits as a copy', { clips: 50 * GiB, buffers: 600 * MiB, areSegmentsCopied: true }, true],
    ['the clips are at their floor', { clips: GiB, buffers: 50 * GiB, areSegmentsCopied: false }, false],
  ])('is accepted only with space on both disks: %s', async (_when, free, expected) => {
    expect(await isAccepted(free)).toBe(expected);
  });
});
