import {
  audioDelayMs,
  beepOnsets,
  burntClock,
  probeClip,
  type BurntClockOptions,
} from '@hindsight/rig/media/clip-probe';

/** Decodes a clip as a user would see and hear it, on the presentation clock of its file. */
export async function watch(path: string, options: BurntClockOptions = {}) {
  const [{ summary, beepsMs }, frames] = await Promise.all([listen(path), burntClock(path, options)]);
  return { summary, frames, beepsMs, audioDelayMs: audioDelayMs(frames, beepsMs) };
}

async function listen(path: string) {
  const summary = await probeClip(path);
  return { summary, beepsMs: summary.audio === null ? [] : await beepOnsets(path) };
}
