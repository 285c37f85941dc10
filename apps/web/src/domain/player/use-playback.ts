import { useEffect, useState } from 'react';
import { clipDurationSeconds, clipSeconds } from './clip-time.ts';

/** This is the state of a player, without the moment that it is at. */
export interface Playback {
  isPlaying: boolean;
  isMuted: boolean;
  rate: number;
  /** The duration is null until the file has told it; the file is more exact than the list. */
  durationMs: number | null;
}

const EVENTS = ['play', 'pause', 'ended', 'volumechange', 'ratechange', 'durationchange'] as const;

function read(video: HTMLVideoElement): Playback {
  const seconds = clipDurationSeconds(video);
  return {
    isPlaying: !video.paused && !video.ended,
    isMuted: video.muted,
    rate: video.playbackRate,
    durationMs: seconds === null ? null : seconds * 1000,
  };
}

export function usePlayback(video: HTMLVideoElement | null): Playback {
  const [playback, setPlayback] = useState<Playback>({
    isPlaying: false,
    isMuted: false,
    rate: 1,
    durationMs: null,
  });
  useEffect(() => {
    if (video === null) return undefined;
    const update = () => setPlayback(read(video));
    update();
    for (const event of EVENTS) video.addEventListener(event, update);
    return () => {
      for (const event of EVENTS) video.removeEventListener(event, update);
    };
  }, [video]);
  return playback;
}

/** Returns the moment that a player is at, in ms, updated with each picture of the screen while it plays. */
export function usePlayhead(video: HTMLVideoElement | null): number {
  const [playheadMs, setPlayheadMs] = useState(0);
  useEffect(() => {
    if (video === null) return undefined;
    let frame = 0;
    const update = () => setPlayheadMs(clipSeconds(video) * 1000);
    function tick(): void {
      update();
      if (video !== null && !video.paused) frame = requestAnimationFrame(tick);
    }
    function start(): void {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(tick);
    }
    start();
    video.addEventListener('play', start);
    for (const event of ['seeking', 'seeked', 'timeupdate']) video.addEventListener(event, update);
    return () => {
      cancelAnimationFrame(frame);
      video.removeEventListener('play', start);
      for (const event of ['seeking', 'seeked', 'timeupdate']) video.removeEventListener(event, update);
    };
  }, [video]);
  return playheadMs;
}
