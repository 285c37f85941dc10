import { useLayoutEffect, useRef, useState } from 'react';
import { clipSeconds, setClipSeconds } from './clip-time.ts';

interface Interruption {
  atSeconds: number;
  isPlaying: boolean;
}

/**
 * Returns the address that a video plays from. A clip's address changes when its file is made ready for more players.
 * Whoever is watching goes on with the old one, which is kept for a while; once it is gone, playback goes on from the
 * same moment with the new one.
 * @param video null until it exists
 */
export function useStableClipUrl(
  url: string,
  video: HTMLVideoElement | null,
): { src: string; onError: () => void } {
  const [src, setSrc] = useState(url);
  const interrupted = useRef<Interruption | null>(null);
  const isUntouched = video === null || (video.paused && clipSeconds(video) === 0);
  if (src !== url && isUntouched) setSrc(url);

  // A video with another address starts again, paused.
  useLayoutEffect(() => {
    if (video === null || interrupted.current === null) return;
    goOn(video, interrupted.current);
    interrupted.current = null;
  }, [video, src]);

  function onError(): void {
    if (src === url || video === null) return;
    interrupted.current = { atSeconds: clipSeconds(video), isPlaying: !video.paused };
    setSrc(url);
  }

  return { src, onError };
}

function goOn(video: HTMLVideoElement, { atSeconds, isPlaying }: Interruption): void {
  setClipSeconds(video, atSeconds);
  // Refused or not, the player shows whether it plays.
  if (isPlaying) void video.play().catch(() => undefined);
}
