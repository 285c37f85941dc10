import type { Locator } from '@playwright/test';
import { CLOCK_BITS, CLOCK_BLOCK, CLOCK_ORIGIN, readClock } from '@hindsight/rig/media/clip-probe';

/** The shared page has this width; the clock's position in the picture scales with it. */
const PAGE_WIDTH = 1280;

/** Reads the burnt-in clock in the picture that a video element shows now. Returns null when it cannot be read. */
export async function shownClock(video: Locator, nearMs: number): Promise<number | null> {
  const levels = await video.evaluate(
    (element: HTMLVideoElement, { bits, block, origin, pageWidth }) => {
      const scale = element.videoWidth / pageWidth;
      const canvas = document.createElement('canvas');
      canvas.width = element.videoWidth;
      canvas.height = element.videoHeight;
      const context = canvas.getContext('2d');
      context?.drawImage(element, 0, 0);
      return Array.from({ length: bits }, (_, bit) => {
        const x = Math.round((origin.x + (bit + 0.5) * block.width) * scale);
        const y = Math.round((origin.y + block.height / 2) * scale);
        return context?.getImageData(x, y, 1, 1).data[1] ?? 0;
      });
    },
    { bits: CLOCK_BITS, block: CLOCK_BLOCK, origin: CLOCK_ORIGIN, pageWidth: PAGE_WIDTH },
  );
  return readClock(Uint8Array.from(levels), nearMs);
}
