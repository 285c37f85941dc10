import { useState } from 'react';
import { SECOND } from '@hindsight/shared/units';
import { useNow } from '../../ui/use-now.ts';
import { keptFromMs, type BufferTimeline } from './buffer-timeline.ts';

/**
 * Returns where the part of the frozen buffer begins that can still be saved, while the dialog stays open. Only this
 * machine's clock is used.
 */
export function useKeptFrom({ pieces, atMs }: BufferTimeline): number {
  const [openedAt] = useState(() => Date.now());
  const now = useNow(SECOND);
  return keptFromMs(pieces, atMs + Math.max(0, now - openedAt));
}
