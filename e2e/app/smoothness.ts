import type { Page } from '@playwright/test';

/** What the browser measured of a page since it was watched. */
export interface Smoothness {
  /** Cumulative layout shift: 0 when nothing moved by itself. */
  layoutShift: number;
  /** Tasks that held the page up for 50 ms and more. */
  longTasks: number;
  longestTaskMs: number;
  frames: number;
  /** The longest that the page went without a new picture. */
  longestFrameMs: number;
}

/** Watches every page that is loaded from now on. */
export async function watchSmoothness(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { layoutShift: 0, longTasks: 0, longestTaskMs: 0, frames: 0, longestFrameMs: 0 };
    Object.assign(globalThis, { smoothness: seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[])
        if (!entry.hadRecentInput) seen.layoutShift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        seen.longTasks += 1;
        seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
      }
    }).observe({ type: 'longtask', buffered: true });
    let last = performance.now();
    function tick(now: number): void {
      seen.frames += 1;
      seen.longestFrameMs = Math.max(seen.longestFrameMs, now - last);
      last = now;
      requestAnimationFrame(tick);
    }
    requestAnimationFrame(tick);
  });
}

export async function readSmoothness(page: Page): Promise<Smoothness> {
  return page.evaluate<Smoothness>('({ ...smoothness })');
}

/** Forgets what was seen so far. */
export async function restartSmoothness(page: Page): Promise<void> {
  await page.evaluate(
    'Object.assign(smoothness, { layoutShift: 0, longTasks: 0, longestTaskMs: 0, frames: 0, longestFrameMs: 0 })',
  );
}
