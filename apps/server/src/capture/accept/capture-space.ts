import { MiB } from '@hindsight/shared/units';
import type { DiskGuard } from '../../storage/disk-guard.ts';

/** The head and the list of parts of a pinned clip take less. */
const PINNED_BYTES = 8 * MiB;

/**
 * Guards the disks that a capture needs. The clip's file goes to one, and until it is written its segments are pinned on the buffers',
 * where they take no space, unless that disk has no hard links. Its floor doesn't count: buffers shrink there, captures go on.
 */
export function createCaptureSpace({
  clips,
  buffers,
  areSegmentsCopied,
}: {
  clips: Pick<DiskGuard, 'requireSpace'>;
  buffers: Pick<DiskGuard, 'requireFree'>;
  /** Pinning copies segments, for want of hard links. */
  areSegmentsCopied: boolean;
}): Pick<DiskGuard, 'requireSpace'> {
  return {
    async requireSpace(bytes) {
      await clips.requireSpace(bytes);
      await buffers.requireFree(areSegmentsCopied ? bytes + PINNED_BYTES : PINNED_BYTES);
    },
  };
}
