import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { Browser } from '@playwright/test';
import { CLOCK_BITS, CLOCK_BLOCK, CLOCK_ORIGIN, readClock } from '../media/clip-probe.ts';

/** A shown picture has the capture time according to the playlist, and the one that its burnt-in clock shows. */
interface ShownPicture {
  listedMs: number;
  burntMs: number | null;
}

export interface Playback {
  pictures: ShownPicture[];
  /** This says why the player gave up or where it stalled. It is null when it played to the end. */
  error: string | null;
}

/** A player whose time has not moved for this long is considered stalled. */
const STANDSTILL_MS = 30_000;

/**
 * These are tried in turn. While a busy machine holds up the process of Chromium that draws, the player goes on, and the
 * pictures of that time are never shown.
 */
const PLAYBACK_RATES = [3, 1, 0.5];

/** A playback that shows fewer pictures is repeated more slowly. */
const PICTURES_PER_SECOND = 4;

/** This is the player that the web app uses. */
const HLS_PATH = createRequire(new URL('../../../../apps/web/package.json', import.meta.url)).resolve(
  'hls.js/dist/hls.light.min.js',
);

const pageOf = (
  pictureWidth: number | null,
) => `<!doctype html><video muted playsinline></video><script src="/hls.js"></script><script>
  const PICTURE_WIDTH = ${pictureWidth};
  const [BITS, WIDTH, HEIGHT, X, Y] = ${JSON.stringify([CLOCK_BITS, CLOCK_BLOCK.width, CLOCK_BLOCK.height, CLOCK_ORIGIN.x, CLOCK_ORIGIN.y])};
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(BITS, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  // Each block becomes one pixel, taken from its middle because codecs smear the edges.
  context.imageSmoothingEnabled = false;
  window.playback = new Promise((resolve) => {
    const rates = ${JSON.stringify(PLAYBACK_RATES)};
    let pictures = [];
    let lastMs = performance.now();
    const finish = (error) => {
      clearInterval(watching);
      resolve({ pictures, error });
    };
    const watching = setInterval(() => {
      if (performance.now() - lastMs < ${STANDSTILL_MS}) return;
      const { currentTime, duration, readyState, paused, buffered } = video;
      const ranges = Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]);
      finish('stands still: ' + JSON.stringify({ currentTime, duration, readyState, paused, ranges }));
    }, 1000);
    const hls = new Hls({ enableWorker: false });
    hls.on(Hls.Events.ERROR, (_, { fatal, details }) => fatal && finish(details));
    const play = () => {
      pictures = [];
      video.playbackRate = rates.shift();
      video.play();
    };
    video.addEventListener('ended', () => {
      if (pictures.length >= ${PICTURES_PER_SECOND} * video.duration || rates.length === 0) finish(null);
      else play();
    });
    video.addEventListener('timeupdate', () => (lastMs = performance.now()));
    const read = (_, { mediaTime }) => {
      // Layers of a share are pictures of its whole, in smaller sizes.
      const scale = PICTURE_WIDTH === null ? 1 : video.videoWidth / PICTURE_WIDTH;
      const [x, y, width, height] = [X, Y, BITS * WIDTH, HEIGHT].map((length) => length * scale);
      context.drawImage(video, x, y, width, height, 0, 0, BITS, 1);
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
    play();
  });
</script>`;

/**
 * Plays a playlist in Chromium to its end, faster than it was recorded if the machine can. `read` returns the files that
 * the playlist names, by their URIs.
 * @param pictureWidth of the share, in pixels, some of whose pictures may be smaller; null when all have one size
 */
export async function playInChromium(
  browser: Browser,
  playlist: string,
  read: (uri: string) => Promise<Buffer>,
  pictureWidth: number | null = null,
): Promise<Playback> {
  const contentOf = async (path: string): Promise<Buffer | string> => {
    if (path === '/') return pageOf(pictureWidth);
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
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const { pictures, error } = await page.evaluate(
      (): Promise<{ pictures: { blocks: number[]; listedMs: number }[]; error: string | null }> =>
        Reflect.get(globalThis, 'playback'),
    );
    return {
      error,
      pictures: pictures.map(({ blocks, listedMs }) => ({
        listedMs,
        burntMs: readClock(Uint8Array.from(blocks), listedMs),
      })),
    };
  } finally {
    await page.close();
    server.closeAllConnections();
    server.close();
  }
}
