import { MAX_JOINED_CLIPS, type ClipDto } from '@hindsight/shared/clips/clip';

/** At most this many clips are selected at once, so that what is done with them takes seconds and can be undone. */
export const MAX_SELECTED = 500;

export type SelectedClip = Pick<ClipDto, 'id' | 'title' | 'status' | 'sizeBytes' | 'durationMs' | 'from'>;

/** The selection is the selected clips, and where a range by Shift begins. */
export interface Selection {
  clips: ReadonlyMap<string, SelectedClip>;
  anchor: number | null;
}

export const NOTHING_SELECTED: Selection = { clips: new Map(), anchor: null };

/** Returns the selection with one clip more or less. */
export function toggled({ clips }: Selection, clip: SelectedClip, index: number): Selection {
  const changed = new Map(clips);
  if (!changed.delete(clip.id) && changed.size < MAX_SELECTED) changed.set(clip.id, clip);
  return { clips: changed, anchor: index };
}

/** Returns the selection with all clips of a range added. */
export function extended({ clips, anchor }: Selection, range: readonly SelectedClip[]): Selection {
  const changed = new Map(clips);
  for (const clip of range) if (changed.size < MAX_SELECTED) changed.set(clip.id, clip);
  return { clips: changed, anchor };
}

/** Returns where a click with Shift begins and ends, both included. */
export function rangeTo({ anchor }: Selection, index: number): readonly [first: number, last: number] {
  const from = anchor ?? index;
  return from < index ? [from, index] : [index, from];
}

export function totalBytes({ clips }: Selection): number {
  return [...clips.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Says why the selected clips can't be joined into one, or returns null when they can. */
export function whyNotJoinable({ clips }: Selection): string | null {
  if (clips.size < 2) return 'Select two clips or more';
  if (clips.size > MAX_JOINED_CLIPS) return `At most ${MAX_JOINED_CLIPS} clips can be joined`;
  return [...clips.values()].some(({ status }) => status !== 'READY') ? 'Some are not saved yet' : null;
}

/** Returns the selected clips in the order in which they were recorded. */
export function inOrderOfTime({ clips }: Selection): SelectedClip[] {
  return [...clips.values()].toSorted((one, other) => Date.parse(one.from) - Date.parse(other.from));
}
