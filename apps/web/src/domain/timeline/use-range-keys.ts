import { useEffect, useEffectEvent } from 'react';
import type { RangeEdge } from './time-range.ts';

/** These elements have their own use for letters and space. */
const KEEPS_KEYS = 'input, textarea, select, button, a, [contenteditable], [role="menu"]';

/**
 * Listens for the range keys wherever the focus is: I and O set the edges at the playhead, space plays the selection.
 */
export function useRangeKeys({
  onSet,
  onTogglePlay,
}: {
  onSet: (edge: RangeEdge) => void;
  onTogglePlay: () => void;
}): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest(KEEPS_KEYS)) return;
    const key = event.key.toLowerCase();
    if (key === 'i') onSet('in');
    else if (key === 'o') onSet('out');
    else if (key === ' ') onTogglePlay();
    else return;
    // Otherwise the player's own controls would act on the key a second time.
    event.preventDefault();
    event.stopPropagation();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    document.addEventListener('keydown', listener, { capture: true });
    return () => document.removeEventListener('keydown', listener, { capture: true });
  }, []);
}
