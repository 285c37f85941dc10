import { readFile } from 'node:fs/promises';
import { readClock } from '@hindsight/rig/media/clip-probe';
import { launchFirefox } from '@hindsight/rig/browsers/firefox';
import { VIDEO_PLAYER_SCRIPT } from '@hindsight/rig/browsers/page-scripts';

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
  return {
    async shownClock(nearMs) {
      return readClock(Uint8Array.from((await page.evaluate('clockLevels()')) as number[]), nearMs);
    },
    async playAndGoBack() {
      await page.keyboard.press('k');
      await page.waitForFunction(`document.querySelector('video').currentTime > 1`);
      await page.keyboard.press('k');
      await page.focus('[role="slider"][aria-label="Position"]');
      await page.keyboard.press('Home');
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
