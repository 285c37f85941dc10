import { useEffect, useEffectEvent } from 'react';
import { isKeyOfTarget, playerCommand, type PlayerCommand } from './player-keys.ts';

/** Listens for the player's keys, wherever the focus is on the page. */
export function usePlayerKeys(run: (command: PlayerCommand) => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const command = isKeyOfTarget(event) ? null : playerCommand(event);
    if (command === null) return;
    // The app uses some of these keys for other things.
    event.preventDefault();
    event.stopPropagation();
    run(command);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    document.addEventListener('keydown', listener, { capture: true });
    return () => document.removeEventListener('keydown', listener, { capture: true });
  }, []);
}
