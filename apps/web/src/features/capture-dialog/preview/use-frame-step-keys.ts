import { useEffect, useEffectEvent } from 'react';

/** In these elements a comma or a full stop is text. */
const TEXT = 'input, textarea, select, [contenteditable]';

/** Listens for comma and full stop, which go one picture back or forth, wherever the focus is. */
export function useFrameStepKeys(onStep: (direction: 1 | -1) => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest(TEXT)) return;
    if (event.key !== ',' && event.key !== '.') return;
    event.preventDefault();
    onStep(event.key === '.' ? 1 : -1);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
}
