import { useEffect, useRef } from 'react';
import type { ClipDto } from '@hindsight/shared/clip';
import classes from './clip-view.module.css';
import { playerCommand, runPlayerCommand } from './player-keys.ts';

/** Elements that have their own use for the keys. */
const KEEPS_KEYS = 'input, textarea, select, button, a, [contenteditable], [role="menu"], [role="dialog"]';

/** Plays a saved clip; its keys work wherever the focus is on the page. */
export function ClipPlayer({ clip }: { clip: ClipDto & { videoUrl: string } }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const element = video.current;
      const target = event.target instanceof Element ? event.target : null;
      if (element === null || (target !== element && target?.closest(KEEPS_KEYS))) return;
      const command = playerCommand(event);
      if (command === null) return;
      // Else the player's own controls would act on the key a second time.
      event.preventDefault();
      event.stopPropagation();
      runPlayerCommand(element, command);
    }
    document.addEventListener('keydown', onKeyDown, { capture: true });
    return () => document.removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);

  return (
    <video
      ref={video}
      className={classes.player}
      src={clip.videoUrl}
      poster={clip.posterUrl ?? undefined}
      controls
      playsInline
      preload="metadata"
      aria-label={clip.title}
      style={
        clip.width !== null && clip.height !== null
          ? { aspectRatio: `${clip.width} / ${clip.height}` }
          : undefined
      }
    />
  );
}
