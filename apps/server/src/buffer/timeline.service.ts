import type { BufferKey } from './buffer-policy.ts';
import type { Timeline } from './piece.ts';

export interface TimelineService {
  /** The captureable past at a moment, from what is on disk. */
  of(key: BufferKey, nowMs: number): Promise<Timeline>;
}
