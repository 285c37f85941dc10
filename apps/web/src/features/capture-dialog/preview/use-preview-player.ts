import HlsPlayer from 'hls.js/light';
import { useCallback, useRef, useState } from 'react';
import type { TimeRange } from '../../../domain/timeline/time-range.ts';
import {
  firstView,
  openPreviewPlayer,
  type PlayerView,
  type PreviewPlayer,
  type PreviewSource,
} from './preview-player.ts';

export interface PreviewControls extends PlayerView {
  /** The function is the ref of the video element. */
  attach: (video: HTMLVideoElement | null) => (() => void) | undefined;
  seek: (ms: number) => void;
  togglePlay: (range: TimeRange) => void;
  step: (direction: 1 | -1) => void;
}

/** Opens the player of a preview. Later changes of `source` are ignored, because a preview is frozen. */
export function usePreviewPlayer(source: PreviewSource): PreviewControls {
  const [frozen] = useState(source);
  const [view, setView] = useState(() => firstView(frozen));
  const player = useRef<PreviewPlayer | null>(null);

  const attach = useCallback(
    (video: HTMLVideoElement | null) => {
      if (video === null || !HlsPlayer.isSupported()) return undefined;
      const opened = openPreviewPlayer(video, frozen, (change) =>
        setView((before) => ({ ...before, ...change })),
      );
      player.current = opened;
      return () => {
        player.current = null;
        opened.close();
      };
    },
    [frozen],
  );
  return {
    ...view,
    attach,
    seek: useCallback((ms) => player.current?.seek(ms), []),
    togglePlay: useCallback((range) => player.current?.togglePlay(range), []),
    step: useCallback((direction) => player.current?.step(direction), []),
  };
}
