import {
  audioDelayMs,
  beepOnsets,
  burntClock,
  probeClip,
  type BurntClockOptions,
} from '@hindsight/rig/media/clip-probe';

/** Decodes a clip as a user would see and hear it, on the presentation clock of its file. */
export async function watch(path: string, options: BurntClockOptions = {}) {
  const summary = await probeClip(path);
  const frames = await burntClock(path, options);
  const beepsMs = summary.audio === null ? [] : await beepOnsets(path);
  return { summary, frames, beepsMs, audioDelayMs: audioDelayMs(frames, beepsMs) };
}
