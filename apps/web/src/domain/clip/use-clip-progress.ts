import { useState } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { useNow } from '../../ui/use-now.ts';
import { clipProgress, type ClipProgress } from './clip-progress.ts';
import { aboutTime, timeLeftMs, type FirstSeen } from './time-left.ts';

/** Tells what a clip that isn't ready is doing; of a conversion, which takes long, also how much longer it does. */
export function useClipProgress(clip: Pick<ClipDto, 'phase' | 'progress' | 'durationMs'>): ClipProgress {
  const { phase, progress, durationMs } = clip;
  const isConverted = phase === 'ENCODING';
  const atMs = useNow(SECOND, isConverted);
  const [first, setFirst] = useState<FirstSeen | null>(null);
  const now = isConverted ? { fraction: progress ?? 0, atMs } : null;
  if ((now === null) !== (first === null)) setFirst(now);
  const told = clipProgress(clip);
  if (now === null) return told;
  return { ...told, text: `${told.text}, ${aboutTime(timeLeftMs(durationMs, first ?? now, now))} left` };
}
