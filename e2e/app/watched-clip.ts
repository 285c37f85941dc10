import {
  audioDelayMs,
  beepOnsets,
  burntClock,
  CLOCK_ORIGIN,
  probeClip,
  type ClipSummary,
} from '@hindsight/rig/media/clip-probe';

/** Width of the shared page, whose clock the picture shows in proportion. */
const PAGE_WIDTH = 1280;

/** What somebody who watches a clip to its end has seen and heard. */
export interface WatchedClip {
  clip: ClipSummary;
  /** Presentation time of the first picture. */
  firstPictureMs: number;
  /** What the clock in the picture says, over the whole clip (epoch ms). */
  shownAt: number[];
  beeps: number;
  /** How much later the sound is than the picture; null when no beep is near a picture. */
  audioDelayMs: number | null;
}

/** Decodes a clip of a shared tab. `nearMs` is roughly when it was recorded. */
export async function watchClip(file: string, nearMs: number): Promise<WatchedClip> {
  const clip = await probeClip(file);
  const scale = (clip.video?.width ?? 0) / PAGE_WIDTH;
  const frames = await burntClock(file, {
    x: Math.round(CLOCK_ORIGIN.x * scale),
    y: Math.round(CLOCK_ORIGIN.y * scale),
    scale,
    nearMs,
  });
  const onsets = await beepOnsets(file);
  return {
    clip,
    firstPictureMs: frames[0]?.ptsMs ?? Number.NaN,
    shownAt: frames.flatMap(({ burntMs }) => (burntMs === null ? [] : [burntMs])),
    beeps: onsets.length,
    audioDelayMs: audioDelayMs(frames, onsets),
  };
}
