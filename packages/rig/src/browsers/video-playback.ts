import { chromium } from '@playwright/test';
import { SHARING_BROWSER } from './sharer.ts';

export interface Watched {
  durationSeconds: number;
  /** Playback was at this time after the jump. */
  atSeconds: number;
  width: number;
  /** These are all responses on the way, in order; `from` is the first byte of a partial response. */
  answers: { url: string; status: number; from: number | null }[];
  /** The page's content security policy blocked these. */
  forbidden: string[];
}

interface Watching {
  /** This is the origin of the server, whose own policy says from where its pages may play. */
  origin: string;
  account: { username: string; password: string };
  /** This is the path of the video on the server. */
  path: string;
  jumpToSeconds: number;
}

const PLAYBACK_DEADLINE_MS = 60_000;

/** Opens a video in Chromium as somebody with an account, jumps within it, and plays on from there. */
export async function watchVideo({ origin, account, path, jumpToSeconds }: Watching): Promise<Watched> {
  const browser = await chromium.launch(SHARING_BROWSER);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PLAYBACK_DEADLINE_MS);
    const signedIn = await page.request.post(`${origin}/api/trpc/auth.login`, {
      data: account,
      headers: { origin },
    });
    if (!signedIn.ok()) throw new Error(`not signed in: ${await signedIn.text()}`);
    await page.goto(`${origin}/healthz`);
    const answers: Promise<Watched['answers'][number]>[] = [];
    page.on('response', (response) =>
      answers.push(
        response.headerValue('content-range').then((range) => {
          const from = /^bytes (\d+)-/.exec(range ?? '')?.[1];
          return {
            url: response.url(),
            status: response.status(),
            from: from === undefined ? null : Number(from),
          };
        }),
      ),
    );
    const shown = await page.evaluate<Omit<Watched, 'answers'>>(`
      (async () => {
        const forbidden = [];
        document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
          forbidden.push(violatedDirective + ': ' + blockedURI));
        const video = document.createElement('video');
        video.muted = true;
        video.src = ${JSON.stringify(path)};
        document.body.append(video);
        const until = (event) => new Promise((resolve, reject) => {
          video.addEventListener(event, resolve, { once: true });
          video.addEventListener('error', () => reject(new Error(video.error.message)));
          setTimeout(() => reject(new Error('waited too long for ' + event)), ${PLAYBACK_DEADLINE_MS});
        });
        await until('loadeddata');
        video.currentTime = ${jumpToSeconds};
        await until('seeked');
        await video.play();
        await until('timeupdate');
        return { durationSeconds: video.duration, atSeconds: video.currentTime, width: video.videoWidth, forbidden };
      })()`);
    return { ...shown, answers: await Promise.all(answers) };
  } finally {
    await browser.close();
  }
}
