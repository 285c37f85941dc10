import {
  audioDelayMs,
  beepOnsets,
  burntClock,
  CLOCK_ORIGIN,
  probeClip,
  type ClipSummary,
} from '@hindsight/rig/media/clip-probe';

/** The shared page has this width; the clock's position in the picture scales with it. */
const PAGE_WIDTH = 1280;

/** These are what a person who watches a clip to its end has seen and heard. */
export interface WatchedClip {
  clip: ClipSummary;
  /** The first picture has this presentation time. */
  firstPictureMs: number;
  /** These are the times that the clock in the picture shows over the whole clip, in epoch ms. */
  shownAt: number[];
  beeps: number;
  /** The sound is later than the picture by this much; null when no beep is near a picture. */
  audioDelayMs: number | null;
}

/** Decodes a clip of a shared tab. `nearMs` is roughly the time of its recording. */
export async function watchClip(file: string, nearMs: number): Promise<WatchedClip> {
  const clip = await probeClip(file);
  const scale = (clip.video?.width ?? 0) / PAGE_WIDTH;
  const [frames, onsets] = await Promise.all([
    burntClock(file, {
      x: Math.round(CLOCK_ORIGIN.x * scale),
      y: Math.round(CLOCK_ORIGIN.y * scale),
      scale,
      nearMs,
    }),
    beepOnsets(file),
  ]);
  return {
    clip,
    firstPictureMs: frames[0]?.ptsMs ?? Number.NaN,
    shownAt: frames.flatMap(({ burntMs }) => (burntMs === null ? [] : [burntMs])),
    beeps: onsets.length,
    audioDelayMs: audioDelayMs(frames, onsets),
  };
}
