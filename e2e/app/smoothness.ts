import type { Page } from '@playwright/test';

/** The browser measures these for a page from the time it is watched. */
export interface Smoothness {
  /** The cumulative layout shift is 0 when nothing moved by itself. */
  layoutShift: number;
  /** Long tasks are those that blocked the page for 50 ms or more. */
  longTasks: number;
  longestTaskMs: number;
  frames: number;
  /** The page went without a new picture for at most this long. */
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

/** Resets what was measured so far. */
export async function restartSmoothness(page: Page): Promise<void> {
  await page.evaluate(
    'Object.assign(smoothness, { layoutShift: 0, longTasks: 0, longestTaskMs: 0, frames: 0, longestFrameMs: 0 })',
  );
}
