import { chromium, type Page } from '@playwright/test';
import type { Page as FirefoxPage } from 'puppeteer-core';
import { readClock } from '../media/clip-probe.ts';
import { VIDEO_PLAYER_SCRIPT } from './page-scripts.ts';
import { launchFirefox } from './firefox.ts';

/** When a video that was asked for could be seen, in milliseconds from the asking. */
export interface FirstPicture {
  metadataMs: number;
  pictureMs: number;
}

/** What was seen of a video that was played to its end. */
export interface Played {
  pictures: number;
  /** Of the pictures, each once, in the order of their appearance: `1280x720`. */
  sizes: string[];
  endedAtSeconds: number;
  /** How long its time stood still at most, once it was under way. */
  longestStillMs: number;
}

/** What came of a download. */
export interface Downloaded {
  sizeBytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** A page with nothing on it but a video, in a browser of its own. */
export interface VideoPage extends AsyncDisposable {
  /** Puts another video on it, and waits for its first picture. @throws Error with the media error's code */
  load(url: string): Promise<FirstPicture>;
  /** Plays from a moment on, and waits until it is over. @throws Error with the media error's code */
  playFrom(seconds: number): Promise<Played>;
  /** What the burnt-in clock says in the picture that is shown; null when it can't be read. */
  shownClock(nearMs: number): Promise<number | null>;
  /** Begins a download, and waits for its first bytes only. */
  beginDownload(url: string): Promise<void>;
  /** Takes the rest of it. @throws Error when it breaks off */
  finishDownload(): Promise<Downloaded>;
}

/** Runs an expression in the page, and waits for what it promises. */
type Evaluate = <T>(expression: string) => Promise<T>;

const BLANK = '<video muted playsinline width="640"></video>';

/** Opens it in Chromium, at an address of the server that the videos come from. */
export async function openVideoPage(origin: string): Promise<VideoPage> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
  const page = await browser.newPage();
  await furnish(page, origin);
  return videoPage(
    (expression) => page.evaluate(expression),
    () => browser.close(),
  );
}

/** The same in Firefox. */
export async function openFirefoxVideoPage(origin: string): Promise<VideoPage> {
  const browser = await launchFirefox();
  const page = await browser.newPage();
  await furnish(page, origin);
  const evaluate: Evaluate = async <T>(expression: string) => (await page.evaluate(expression)) as T;
  return videoPage(evaluate, () => browser.close());
}

/** Puts an empty player on it, at an address of the server, for what is of another one can't be looked at. */
async function furnish(page: Page | FirefoxPage, origin: string): Promise<void> {
  await page.goto(origin);
  await page.setContent(BLANK);
  await page.addScriptTag({ path: VIDEO_PLAYER_SCRIPT });
}

function videoPage(evaluate: Evaluate, close: () => Promise<void>): VideoPage {
  return {
    load: (url) => evaluate(`loadVideo(${JSON.stringify(url)})`),
    playFrom: (seconds) => evaluate(`playFrom(${seconds})`),
    async shownClock(nearMs) {
      return readClock(Uint8Array.from(await evaluate<number[]>('clockLevels()')), nearMs);
    },
    beginDownload: (url) => evaluate(`beginDownload(${JSON.stringify(url)})`),
    finishDownload: () => evaluate('finishDownload()'),
    [Symbol.asyncDispose]: close,
  };
}
