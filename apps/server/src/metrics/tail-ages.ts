import type { RecorderEvent } from '@hindsight/recorder/recorder.port';

/** Tracks how far behind running recordings are: the time since the end of each one's newest finished segment. */
export function createTailAges() {
  const tailMsOf = new Map<string, number>();

  return {
    follow(event: RecorderEvent): void {
      if (event.type === 'started') tailMsOf.set(event.egressId, event.startedAtMs);
      else if (event.type === 'segment') tailMsOf.set(event.egressId, event.toMs);
      else if (event.type === 'ended') tailMsOf.delete(event.egressId);
    },

    /** Returns the age for the recording that is furthest behind; null when nothing is recorded. */
    oldestMs(nowMs: number): number | null {
      return tailMsOf.size === 0 ? null : Math.max(0, nowMs - Math.min(...tailMsOf.values()));
    },
  };
}
