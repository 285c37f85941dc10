import type { Locator, Page } from '@playwright/test';

export interface PressMoments {
  /** The browser received the press at this time, by the wall clock that the burnt-in clock shows. */
  pressedAt: number;
  /** This is the time from the press until the page says Saved and offers to watch the clip. */
  savedMs: number;
  /** This is the time from the press until the clip's page shows a picture of it. */
  pictureMs: number;
}

/** Presses a button that saves a clip, then opens the clip as soon as possible. All times are by the page's own clock. */
export async function pressAndWatch(page: Page, button: Locator): Promise<PressMoments> {
  const moments = page.evaluate(async () => {
    const until = async <T>(find: () => T | null): Promise<T> =>
      new Promise((resolve) => {
        const look = () => {
          const found = find();
          if (found === null) return;
          observer.disconnect();
          resolve(found);
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { childList: true, subtree: true });
        look();
      });
    const pressedAt = await new Promise<number>((resolve) => {
      addEventListener('click', ({ timeStamp }) => resolve(timeStamp), { capture: true, once: true });
    });
    const toasts = '[aria-label="Clips being saved"]';
    const link = await until(() => document.querySelector<HTMLElement>(`${toasts} a[href^="/clips/"]`));
    const savedMs = performance.now() - pressedAt;
    link.click();
    const video = await until(() => document.querySelector<HTMLVideoElement>('video[src^="/api/clips/"]'));
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
      await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }));
    const pictureMs = performance.now() - pressedAt;
    return { pressedAt: performance.timeOrigin + pressedAt, savedMs, pictureMs };
  });
  await button.click();
  return moments;
}
