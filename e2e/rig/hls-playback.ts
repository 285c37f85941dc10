import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { chromium } from '@playwright/test';
import { CLOCK_BITS, CLOCK_BLOCK, CLOCK_ORIGIN, readClock } from './clip-probe.ts';
import { SHARING_BROWSER } from './sharer.ts';

/** A picture that was shown: when it was captured as the playlist tells it, and as its burnt-in clock does. */
export interface ShownPicture {
  listedMs: number;
  burntMs: number | null;
}

export interface Playback {
  pictures: ShownPicture[];
  /** Why the player gave up; null when it played to the end. */
  error: string | null;
}

const PLAYBACK_DEADLINE_MS = 90_000;

/** The player of the web app. */
const HLS_PATH = createRequire(new URL('../../apps/web/package.json', import.meta.url)).resolve(
  'hls.js/dist/hls.light.min.js',
);

const PAGE = `<!doctype html><video muted playsinline></video><script src="/hls.js"></script><script>
  const [BITS, WIDTH, HEIGHT, X, Y] = ${JSON.stringify([CLOCK_BITS, CLOCK_BLOCK.width, CLOCK_BLOCK.height, CLOCK_ORIGIN.x, CLOCK_ORIGIN.y])};
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(BITS, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  window.playback = new Promise((resolve) => {
    const pictures = [];
    const finish = (error) => resolve({ pictures, error });
    const hls = new Hls({ enableWorker: false });
    hls.on(Hls.Events.ERROR, (_, { fatal, details }) => fatal && finish(details));
    video.addEventListener('ended', () => finish(null));
    const read = (_, { mediaTime }) => {
      for (let bit = 0; bit < BITS; bit++)
        context.drawImage(video, X + bit * WIDTH + WIDTH / 4, Y + HEIGHT / 4, WIDTH / 2, HEIGHT / 2, bit, 0, 1, 1);
      const { data } = context.getImageData(0, 0, BITS, 1);
      const blocks = Array.from({ length: BITS }, (_unused, bit) => data[bit * 4]);
      const { fragments } = hls.levels[0].details;
      const fragment = fragments.findLast(({ start }) => start <= mediaTime + 0.001) ?? fragments[0];
      pictures.push({ blocks, listedMs: fragment.programDateTime + (mediaTime - fragment.start) * 1000 });
      video.requestVideoFrameCallback(read);
    };
    video.requestVideoFrameCallback(read);
    hls.loadSource('/index.m3u8');
    hls.attachMedia(video);
    video.playbackRate = 3;
    video.play();
  });
</script>`;

/** Plays a playlist in Chromium to its end, at three times its speed; `read` gives the files that it names, by their URIs. */
export async function playInChromium(
  playlist: string,
  read: (uri: string) => Promise<Buffer>,
): Promise<Playback> {
  const contentOf = async (path: string): Promise<Buffer | string> => {
    if (path === '/') return PAGE;
    if (path === '/hls.js') return readFile(HLS_PATH);
    return path === '/index.m3u8' ? playlist : read(path.slice(1));
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const type = path === '/' ? { 'content-type': 'text/html' } : {};
    contentOf(path).then(
      (content) => response.writeHead(200, type).end(content),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  const browser = await chromium.launch(SHARING_BROWSER);
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const { pictures, error } = await page.evaluate(
      async (
        deadlineMs,
      ): Promise<{ pictures: { blocks: number[]; listedMs: number }[]; error: string | null }> =>
        Promise.race([
          Reflect.get(globalThis, 'playback'),
          new Promise((_, reject) => setTimeout(() => reject(new Error('it plays for ever')), deadlineMs)),
        ]),
      PLAYBACK_DEADLINE_MS,
    );
    return {
      error,
      pictures: pictures.map(({ blocks, listedMs }) => ({
        listedMs,
        burntMs: readClock(Uint8Array.from(blocks), listedMs),
      })),
    };
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
