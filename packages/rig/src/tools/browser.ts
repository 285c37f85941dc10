import { setTimeout as sleep } from 'node:timers/promises';
import type { VideoPage } from '../browsers/video-page.ts';
import { CLOCK_HEIGHTS } from './decoded-file.ts';
import type { ClipTruth, Viewing } from './clip-truth.ts';

const STEP_MS = 700;
const PATIENCE_MS = 2000;

/** Loads a clip in a browser, and looks at what it shows before it plays and after jumps. */
export async function viewInBrowser(page: VideoPage, url: string, truth: ClipTruth): Promise<Viewing> {
  await page.load(url);
  const durationMs = await page.durationMs();
  const shown = async () => {
    // Some browsers give pages a blank picture for a moment after a jump.
    for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs; await sleep(100)) {
      for (const y of CLOCK_HEIGHTS) {
        const burntMs = await page.shownClock(truth.fromMs, y);
        if (burntMs !== null) return burntMs;
      }
    }
    return null;
  };
  const pictures = [{ ptsMs: 0, burntMs: await shown() }];
  // Jumps end in the middle of a picture's time.
  const periodMs = 1000 / truth.framesPerSecond;
  for (let atMs = 15.5 * periodMs; atMs < truth.durationMs; atMs += STEP_MS) {
    await page.seek(atMs / 1000);
    pictures.push({ ptsMs: atMs, burntMs: await shown() });
  }
  return { pictures, beepsMs: null, durationMs, framesPerSecond: null };
}
