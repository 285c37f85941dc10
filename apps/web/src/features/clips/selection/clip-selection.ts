import type { ClipDto } from '@hindsight/shared/clip';

/** At most so many clips are chosen at once: what is done with them should be over in seconds, and can be undone. */
export const MAX_SELECTED = 500;

export type SelectedClip = Pick<ClipDto, 'id' | 'title' | 'status' | 'sizeBytes'>;

/** The clips that are chosen, and where a range by Shift begins. */
export interface Selection {
  clips: ReadonlyMap<string, SelectedClip>;
  anchor: number | null;
}

export const NOTHING_SELECTED: Selection = { clips: new Map(), anchor: null };

/** With one clip more or less. */
export function toggled({ clips }: Selection, clip: SelectedClip, index: number): Selection {
  const changed = new Map(clips);
  if (!changed.delete(clip.id) && changed.size < MAX_SELECTED) changed.set(clip.id, clip);
  return { clips: changed, anchor: index };
}

/** With all of a range more. */
export function extended({ clips, anchor }: Selection, range: readonly SelectedClip[]): Selection {
  const changed = new Map(clips);
  for (const clip of range) if (changed.size < MAX_SELECTED) changed.set(clip.id, clip);
  return { clips: changed, anchor };
}

/** From where to where a click with Shift reaches, both included. */
export function rangeTo({ anchor }: Selection, index: number): readonly [first: number, last: number] {
  const from = anchor ?? index;
  return from < index ? [from, index] : [index, from];
}

export function totalBytes({ clips }: Selection): number {
  return [...clips.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
