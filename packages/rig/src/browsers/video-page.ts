import { chromium, type Page } from '@playwright/test';
import type { Page as FirefoxPage } from 'puppeteer-core';
import { CLOCK_ORIGIN, readClock } from '../media/clip-probe.ts';
import { VIDEO_PLAYER_SCRIPT } from './page-scripts.ts';
import { launchFirefox } from './firefox.ts';

/** These times count from the request for a video, in milliseconds, until it could be seen. */
interface FirstPicture {
  metadataMs: number;
  pictureMs: number;
}

/** The result describes a video that was played to its end. */
interface Played {
  pictures: number;
  /** These are the sizes of the pictures, each once, in the order of their appearance: `1280x720`. */
  sizes: string[];
  endedAtSeconds: number;
  /** Playback stood still for at most this long after it had started. */
  longestStillMs: number;
}

/** The result describes a finished download. */
interface Downloaded {
  sizeBytes: number;
  /** The hash is in lower-case hexadecimal. */
  sha256: string;
}

/** A video page shows nothing but a video and has its own browser. */
export interface VideoPage extends AsyncDisposable {
  /** Loads another video and waits for its first picture. @throws Error with the media error's code */
  load(url: string): Promise<FirstPicture>;
  /** Plays from a given time until the end. @throws Error with the media error's code */
  playFrom(seconds: number): Promise<Played>;
  /** Returns how long the video is, as far as the browser knows. */
  durationMs(): Promise<number>;
  /** Jumps to a time and waits until a picture of it is shown. */
  seek(seconds: number): Promise<void>;
  /**
   * Jumps to a time and plays on from there. The page must be on the video's own server.
   * @returns how many milliseconds it took until something was heard
   */
  soundAfterSeek(seconds: number): Promise<number>;
  /** Reads the burnt-in clock of the picture that is shown, at its usual height or at `y`. Returns null when it cannot be read. */
  shownClock(nearMs: number, y?: number): Promise<number | null>;
  /** Begins a download and waits only for its first bytes. */
  beginDownload(url: string): Promise<void>;
  /** Downloads the rest. @throws Error when the download breaks off */
  finishDownload(): Promise<Downloaded>;
}

/** Runs an expression in the page and waits for the promise that it returns. */
type Evaluate = <T>(expression: string) => Promise<T>;

const BLANK = '<video muted playsinline width="640"></video>';

/**
 * Opens a page in Chromium, at an address of the server that the videos come from.
 * @param options `headers` are sent with every request, to be signed in for example
 */
export async function openVideoPage(
  origin: string,
  { headers = {} }: { headers?: Record<string, string> } = {},
): Promise<VideoPage> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
  // The app's own page allows no script but its own.
  const page = await browser.newPage({ extraHTTPHeaders: headers, bypassCSP: true });
  await addPlayer(page, origin);
  return videoPage(
    (expression) => page.evaluate(expression),
    () => browser.close(),
  );
}

/** Opens the same page in Firefox. */
export async function openFirefoxVideoPage(origin: string): Promise<VideoPage> {
  const browser = await launchFirefox();
  const page = await browser.newPage();
  await addPlayer(page, origin);
  const evaluate: Evaluate = async <T>(expression: string) => (await page.evaluate(expression)) as T;
  return videoPage(evaluate, () => browser.close());
}

/**
 * Puts an empty player into the page. The page must be on the videos' own server, because pictures of another origin cannot be
 * read.
 */
async function addPlayer(page: Page | FirefoxPage, origin: string): Promise<void> {
  await page.goto(origin);
  await page.setContent(BLANK);
  await page.addScriptTag({ path: VIDEO_PLAYER_SCRIPT });
}

/** Makes a video page of whatever runs the player script. */
export function videoPage(evaluate: Evaluate, close: () => Promise<void>): VideoPage {
  return {
    load: (url) => evaluate(`loadVideo(${JSON.stringify(url)})`),
    playFrom: (seconds) => evaluate(`playFrom(${seconds})`),
    durationMs: async () => (await evaluate<number>('Promise.resolve(durationSeconds())')) * 1000,
    seek: (seconds) => evaluate(`seekTo(${seconds})`),
    soundAfterSeek: (seconds) => evaluate(`soundAfterSeek(${seconds})`),
    async shownClock(nearMs, y = CLOCK_ORIGIN.y) {
      return readClock(Uint8Array.from(await evaluate<number[]>(`clockLevels(${y})`)), nearMs);
    },
    beginDownload: (url) => evaluate(`beginDownload(${JSON.stringify(url)})`),
    finishDownload: () => evaluate('finishDownload()'),
    [Symbol.asyncDispose]: close,
  };
}
