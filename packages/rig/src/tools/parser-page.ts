import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { CLIP_PARSERS_SCRIPT } from '../browsers/page-scripts.ts';
import { beepsIn, readClock } from '../media/clip-probe.ts';
import type { openFileServer } from '../servers/file-server.ts';
import type { Viewing } from './clip-truth.ts';
import { CLOCK_HEIGHTS } from './decoded-file.ts';

/** These are libraries that take MP4 apart in a page, which then decodes with WebCodecs. */
export type ParserName = 'Mp4box' | 'Mediabunny' | 'Remotion';

/** Serves the libraries that are installed with this package, and returns their paths on the server. */
export function serveParsers(server: Awaited<ReturnType<typeof openFileServer>>) {
  const mp4box = fileURLToPath(import.meta.resolve('mp4box'));
  const mediabunny = fileURLToPath(new URL(MEDIABUNNY_BUNDLE, import.meta.resolve('mediabunny')));
  return {
    Mp4box: server.serveWithNeighbours('mp4box', mp4box),
    Mediabunny: server.serveWithNeighbours('mediabunny', mediabunny),
  };
}

/** The package in one file, seen from the package's main file. */
const MEDIABUNNY_BUNDLE = '../../bundles/mediabunny.mjs';

interface Parsed {
  pictures: { ptsMs: number; levels: number[][] }[];
  /** Samples of 16 bits at 48 kHz, in Base64. */
  sound: string;
  durationMs: number;
  framesPerSecond: number;
}

/** Opens a page in Chromium in which such libraries look at clips. It is on the server that has clips and libraries. */
export async function openParserPage(origin: string) {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage();
  await page.goto(origin);
  await page.addScriptTag({ path: CLIP_PARSERS_SCRIPT });
  return {
    /** Looks at a clip with a library; both are paths on the server. @throws Error with what the library or decoder says */
    async view(parser: ParserName, library: string, url: string, nearMs: number): Promise<Viewing> {
      const call = [library, url, CLOCK_HEIGHTS].map((value) => JSON.stringify(value)).join(',');
      const { sound, pictures, ...told } = await page.evaluate<Parsed>(`viewWith${parser}(${call})`);
      const bytes = Buffer.from(sound, 'base64');
      const samples = Float32Array.from(
        { length: bytes.length / 2 },
        (_, at) => bytes.readInt16LE(2 * at) / 32_768,
      );
      return {
        ...told,
        pictures: pictures.map(({ ptsMs, levels }) => ({
          ptsMs,
          burntMs:
            levels.map((row) => readClock(Uint8Array.from(row), nearMs)).find((ms) => ms !== null) ?? null,
        })),
        beepsMs: beepsIn(samples),
      };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
