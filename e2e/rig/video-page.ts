import { chromium } from '@playwright/test';

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
}

/** A page with nothing on it but a video, in a browser of its own. */
export interface VideoPage extends AsyncDisposable {
  /** Puts another video on it, and waits for its first picture. @throws Error with the media error's code */
  load(url: string): Promise<FirstPicture>;
  /** Plays from a moment on, and waits until it is over. @throws Error with the media error's code */
  playFrom(seconds: number): Promise<Played>;
}

const PLAYER_SCRIPT = new URL('video-player.js', import.meta.url).pathname;

/** Opens it at an address of the server that the videos come from. */
export async function openVideoPage(origin: string): Promise<VideoPage> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
  const page = await browser.newPage();
  await page.goto(origin);
  await page.setContent('<video muted playsinline width="640"></video>');
  await page.addScriptTag({ path: PLAYER_SCRIPT });
  return {
    load: (url) => page.evaluate(`loadVideo(${JSON.stringify(url)})`),
    playFrom: (seconds) => page.evaluate(`playFrom(${seconds})`),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
