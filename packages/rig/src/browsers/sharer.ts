import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { chromium, type Browser } from '@playwright/test';
import { AccessToken } from 'livekit-server-sdk';
import type { LivekitRig } from '../servers/livekit.ts';

export interface SharerOptions {
  livekit: Pick<LivekitRig, 'url' | 'apiKey' | 'apiSecret'>;
  room: string;
  identity: string;
  /** The published video is 1280x720 with 15 frames per second and at most 2 Mbit/s unless this says otherwise. */
  video?: Partial<{ width: number; height: number; framesPerSecond: number; bitrateBps: number }>;
  /** False shares the picture without sound. */
  hasAudio?: boolean;
  codec?: 'h264' | 'vp8' | 'vp9' | 'av1';
  /** True also publishes a smaller picture. */
  isSimulcast?: boolean;
  /** One stream of VP9 or AV1 gets these spatial layers, for example `L3T3_KEY` (WebRTC SVC). */
  scalabilityMode?: string;
  /** A square of noise with sides of this length fills the bitrate. The default 0 draws none. */
  motionPx?: number;
  /**
   * The tab is opened in this sharing browser, beside other tabs. Without it the sharer gets its own browser, which `kill`
   * needs.
   */
  browser?: Browser;
}

/** A sharer is a participant in a real browser who shares a tab that shows its clock and beeps at each whole second. */
export interface Sharer {
  room: string;
  identity: string;
  videoTrackSid: string;
  /** The SID is undefined when the share has no audio. */
  audioTrackSid: string | undefined;
  mute(isMuted: boolean): Promise<void>;
  /** Resizes the shared tab, as dragging a window's corner does. The clock needs at least 1000 x 200. */
  setSize(width: number, height: number): Promise<void>;
  /** True freezes the picture: the clock stops, but the beep continues. */
  pauseDrawing(isPaused: boolean): Promise<void>;
  /** Ends the share; its participant stays in the room. */
  unpublish(): Promise<void>;
  /** Leaves the room as a person does, and closes the browser. */
  close(): Promise<void>;
  /** Ends the browser as a crash does, so that nobody tells LiveKit. */
  kill(): Promise<void>;
}

const FILES = new Map([
  ['/', { type: 'text/html', path: new URL('sharer.html', import.meta.url) }],
  ['/burnt-clock.js', { type: 'text/javascript', path: new URL('burnt-clock.js', import.meta.url) }],
  ['/sharer.js', { type: 'text/javascript', path: new URL('sharer-page.js', import.meta.url) }],
  [
    '/livekit-client.js',
    { type: 'text/javascript', path: createRequire(import.meta.url).resolve('livekit-client') },
  ],
]);

/** With these options headless Chromium shares its own tab, with sound, without asking anybody. */
export const SHARING_BROWSER = {
  executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--auto-accept-this-tab-capture',
    '--autoplay-policy=no-user-gesture-required',
  ],
  ignoreDefaultArgs: ['--mute-audio'],
};

/** Starts one browser for several sharers or a player, because starting a browser takes two seconds. */
export function launchSharingBrowser(): Promise<Browser> {
  return chromium.launch(SHARING_BROWSER);
}

/** Serves the page over HTTP: a tab may only be shared from a secure origin, which loopback is and `file:` is not. */
async function servePage(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const file = FILES.get(request.url ?? '');
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    readFile(file.path).then(
      (body) => response.writeHead(200, { 'content-type': file.type }).end(body),
      () => response.writeHead(500).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function mintToken({ livekit, room, identity }: SharerOptions): Promise<string> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity, ttl: '1h' });
  token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: false });
  return token.toJwt();
}

/** Returns the given browser, or starts a new one together with the server process that ends it. */
async function openBrowser(shared: Browser | undefined) {
  if (shared !== undefined) return { browser: shared };
  const server = await chromium.launchServer(SHARING_BROWSER);
  return { browser: await chromium.connect(server.wsEndpoint()), server };
}

/** Joins the room in a browser and shares its tab. Resolves once LiveKit has given the tracks their SIDs. */
export async function startSharer(options: SharerOptions): Promise<Sharer> {
  const video = { width: 1280, height: 720, framesPerSecond: 15, bitrateBps: 2_000_000, ...options.video };
  const site = await servePage();
  const { browser, server } = await openBrowser(options.browser);
  const page = await browser.newPage({ viewport: { width: video.width, height: video.height } });
  try {
    await page.goto(site.url);
    /** Calls one of the functions that sharer-page.js offers. */
    const call = <T = void>(name: string, argument?: unknown): Promise<T> =>
      page.evaluate<T>(`sharer.${name}(${JSON.stringify(argument) ?? ''})`);

    const tracks = await call<{ videoTrackSid?: string; audioTrackSid?: string }>('start', {
      url: options.livekit.url,
      token: await mintToken(options),
      video,
      hasAudio: options.hasAudio ?? true,
      codec: options.codec ?? 'h264',
      isSimulcast: options.isSimulcast ?? false,
      scalabilityMode: options.scalabilityMode ?? null,
      motionPx: options.motionPx ?? 0,
    });
    if (tracks.videoTrackSid === undefined) throw new Error('LiveKit gave the share no track SID');
    return {
      room: options.room,
      identity: options.identity,
      videoTrackSid: tracks.videoTrackSid,
      audioTrackSid: tracks.audioTrackSid,
      mute: (isMuted) => call('mute', isMuted),
      setSize: (width, height) => page.setViewportSize({ width, height }),
      pauseDrawing: (isPaused) => call('pauseDrawing', isPaused),
      unpublish: () => call('unpublish'),
      async close() {
        site.close();
        if (!browser.isConnected()) return;
        await call('leave');
        await page.close();
        await server?.close();
      },
      async kill() {
        if (server === undefined) throw new Error('others share from this browser');
        site.close();
        await server.kill();
      },
    };
  } catch (error) {
    site.close();
    await page.close();
    await server?.close();
    throw error;
  }
}
