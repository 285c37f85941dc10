import { readFile } from 'node:fs/promises';
import { launchFirefox } from '@hindsight/rig/browsers/firefox';
import { VIDEO_PLAYER_SCRIPT } from '@hindsight/rig/browsers/page-scripts';
import { videoPage } from '@hindsight/rig/browsers/video-page';

interface Viewing {
  /** The URL is the app's. */
  url: string;
  account: { username: string; password: string };
  /** The path is that of the clip's page. */
  path: string;
}

/** A Firefox viewer is a person who looks at a clip in Firefox. */
export interface FirefoxViewer extends AsyncDisposable {
  /** Reads the burnt-in clock in the picture that the player shows. Returns null when it cannot be read. */
  shownClock(nearMs: number): Promise<number | null>;
  /** Plays a second of the clip and goes back to its start. */
  playAndGoBack(): Promise<void>;
}

/** Opens a clip's page and waits until its player shows a picture. */
export async function openFirefoxViewer({ url, account, path }: Viewing): Promise<FirefoxViewer> {
  const browser = await launchFirefox();
  const page = await browser.newPage();
  await page.goto(`${url}/healthz`);
  await page.evaluate(`
    fetch('/api/trpc/auth.login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(${JSON.stringify(account)}),
    }).then(({ ok, status }) => {
      if (!ok) throw new Error('not signed in: ' + status);
    })`);
  await page.goto(`${url}${path}`);
  await page.waitForSelector('video');
  await page.waitForFunction(`document.querySelector('video').readyState >= 2`);
  await page.evaluate(await readFile(VIDEO_PLAYER_SCRIPT, 'utf8'));
  const close = () => browser.close();
  const evaluate = async <T>(expression: string) => (await page.evaluate(expression)) as T;
  const { shownClock } = videoPage(evaluate, close);
  return {
    shownClock: (nearMs) => shownClock(nearMs),
    async playAndGoBack() {
      await page.keyboard.press('k');
      await page.waitForFunction(`document.querySelector('video').currentTime > 1`);
      await page.keyboard.press('k');
      await page.focus('[role="slider"][aria-label="Position"]');
      await page.keyboard.press('Home');
    },
    [Symbol.asyncDispose]: close,
  };
}
