import { useEffect } from 'react';
import { clipSeconds } from '../../../domain/player/clip-time.ts';
import { seekTo } from '../../../domain/player/player-keys.ts';
import type { TimeRange } from '../../../domain/timeline/time-range.ts';

/** Plays a part of a clip over and over, wherever in it the player starts. */
export function useRangeLoop(video: HTMLVideoElement | null, [fromMs, toMs]: TimeRange) {
  useEffect(() => {
    if (video === null) return undefined;
    let frame = 0;
    function watch(): void {
      if (video === null || video.paused) return;
      const nowMs = clipSeconds(video) * 1000;
      if (nowMs >= toMs || nowMs < fromMs - 50) seekTo(video, fromMs / 1000);
      frame = requestAnimationFrame(watch);
    }
    function again(): void {
      if (video === null) return;
      seekTo(video, fromMs / 1000);
      video.play().catch(() => undefined);
    }
    watch();
    video.addEventListener('play', watch);
    video.addEventListener('ended', again);
    return () => {
      cancelAnimationFrame(frame);
      video.removeEventListener('play', watch);
      video.removeEventListener('ended', again);
    };
  }, [video, fromMs, toMs]);

  return {
    toggle(): void {
      if (video === null) return;
      if (!video.paused) {
        video.pause();
        return;
      }
      const nowMs = clipSeconds(video) * 1000;
      // Playing only the last pictures would show nothing.
      if (nowMs < fromMs || nowMs > toMs - 100) seekTo(video, fromMs / 1000);
      video.play().catch(() => undefined);
    },
  };
}
