import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext } from '@playwright/test';
import { startApp } from '@hindsight/e2e/app';
import { startDesktop, type Desktop } from '@hindsight/e2e/desktop';
import { openExtendedBrowser, pairExtension } from '@hindsight/e2e/extension';
import { PASSWORD, Person } from '@hindsight/e2e/person';
import { watchClip } from '@hindsight/e2e/watched-clip';
import type { CreatedProgramKey } from '@hindsight/shared/account/program-key';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { median, percentile } from '../figures.ts';
import { post } from './requests.ts';

/** The clips are that long: enough to be real ones, and quickly decoded. */
const SECONDS = 15;
/** The first presses load and compile what they need. */
const WARM_UPS = 1;
const BETWEEN_PRESSES_MS = 500;
const DEADLINE_MS = 60 * SECOND;
const BUTTON = 'the button of the page, by the mouse';

/** What came of a press, in epoch ms. */
interface Press {
  pressedAt: number;
  acceptedAt: number;
  file: string;
}

/**
 * Measures presses in a whole app, by somebody who really shares: by the mouse on the page's button, by the extension's global shortcut
 * while another program has the focus, and by HTTP, in turns. X delivers the clicks and keys, as for a person.
 */
export async function measureShortcut(rounds: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hindsight-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  // PostgreSQL runs as another user when this is root.
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'data');
  const desktop = stack.adopt(await startDesktop(), ({ close }) => close());
  const app = stack.adopt(await startApp(dataDir), ({ stop }) => stop());
  const context = await openExtendedBrowser({ folder, url: app.url, display: desktop.display });
  stack.defer(() => context.close());

  const sharer = await Person.inContext(context, 'sharer');
  await sharer.register();
  await pairExtension(context, app.url);
  await send(sharer, 'replay.updateLengths', { defaultSeconds: SECONDS, buttonSeconds: [SECONDS] });
  // The page has asked for its buttons already.
  await sharer.page.reload();
  const asked = { name: 'bench', scope: 'PRESS', pressSeconds: null, expiresInHours: null };
  const { key } = await send<CreatedProgramKey>(sharer, 'key.create', { ...asked, password: PASSWORD });
  await sharer.joinChannel();
  await sharer.shareScreen();
  await sharer.enableBuffer();
  await sharer.waitForBuffered(SECONDS);

  const ways = waysToPress({ context, desktop, sharer, url: app.url, key });
  const names = Object.keys(ways);
  const presses = new Map(names.map((name) => [name, [] as Press[]]));
  for (let round = -WARM_UPS; round < rounds; round++) {
    const turn = Math.abs(round) % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const before = await sharer.clips();
      const pressedAt = (await ways[name]?.()) ?? Number.NaN;
      const clip = await newClip(sharer, before).catch((error: unknown) => {
        throw new Error(`${name}: a press became no clip`, { cause: error });
      });
      const acceptedAt = await acceptedSince(dataDir, pressedAt);
      const file = join(folder, `${clip.id}.mp4`);
      await download(sharer, clip, file);
      if (round >= 0) presses.get(name)?.push({ pressedAt, acceptedAt, file });
      await sleep(BETWEEN_PRESSES_MS);
    }
  }
  // Decoding takes all cores.
  await context.close();
  await print(presses);
}

/** Each way presses, and returns when the key, the mouse button or the request went out. */
function waysToPress(place: {
  context: BrowserContext;
  desktop: Desktop;
  sharer: Person;
  url: string;
  key: string;
}): Record<string, () => Promise<number>> {
  const { context, desktop, sharer, url, key } = place;
  return {
    [BUTTON]: async () => {
      const { x, y } = await onScreen(sharer);
      return desktop.click(x, y);
    },
    'the global shortcut': async () => {
      await desktop.focusOtherProgram();
      return desktop.press('ctrl+shift+1');
    },
    'the global shortcut, which wakes the extension': async () => {
      await putToSleep(context);
      await desktop.focusOtherProgram();
      return desktop.press('ctrl+shift+1');
    },
    'HTTP, new connection': async () => {
      const pressedAt = Date.now();
      const { status, text } = await post({ origin: url, path: '/livekit-replay/press', token: key });
      if (status !== 201) throw new Error(`${status} ${text}`);
      return pressedAt;
    },
  };
}

/** Returns where on the screen the middle of the save button is. */
async function onScreen({ page, replay }: Person): Promise<{ x: number; y: number }> {
  const box = await replay.getByRole('button', { name: `Save last ${SECONDS} s` }).boundingBox();
  if (box === null) throw new Error('the page has no button to press');
  const [left = 0, top = 0] = await page.evaluate<number[]>(
    '[screenX + outerWidth - innerWidth, screenY + outerHeight - innerHeight]',
  );
  return { x: Math.round(left + box.x + box.width / 2), y: Math.round(top + box.y + box.height / 2) };
}

/** Ends the extension's worker, as the browser does after half a minute without work. */
async function putToSleep(context: BrowserContext): Promise<void> {
  const session = await context.browser()?.newBrowserCDPSession();
  if (session === undefined) throw new Error('the browser cannot be asked for its workers');
  const workers = async () => {
    const { targetInfos } = await session.send('Target.getTargets');
    return targetInfos.filter(({ type }) => type === 'service_worker');
  };
  for (const { targetId } of await workers()) await session.send('Target.closeTarget', { targetId });
  while ((await workers()).length > 0) await sleep(50);
  await session.detach();
}

/** Waits until there is one clip more, and until that can be watched. */
async function newClip(sharer: Person, before: readonly ClipDto[]): Promise<ClipDto> {
  const known = new Set(before.map(({ id }) => id));
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const clip = (await sharer.clips()).find(({ id }) => !known.has(id));
    if (clip?.status === 'READY') return clip;
    await sleep(50);
  }
  throw new Error(`${DEADLINE_MS} ms have passed`);
}

async function download(sharer: Person, { videoUrl }: ClipDto, file: string): Promise<void> {
  if (videoUrl === null) throw new Error('a clip that can be watched has an address');
  const answer = await sharer.page.request.get(videoUrl);
  await writeFile(file, await answer.body());
}

interface LogLine {
  time: string;
  msg: string;
  status?: number;
  req?: { path: string };
}

const PRESS_PATHS = new Set(['/livekit-replay/press', '/api/trpc/replay.capture']);

/** Returns when the server had answered the press, by its own log. */
async function acceptedSince(dataDir: string, pressedAt: number): Promise<number> {
  const lines = (await readFile(join(dataDir, 'logs', 'server.log'), 'utf8')).trimEnd().split('\n');
  for (const line of lines.toReversed()) {
    if (!line.startsWith('{')) continue;
    const { time, msg, req, status } = JSON.parse(line) as LogLine;
    const at = Date.parse(time);
    if (at < pressedAt) break;
    if (msg === 'request' && PRESS_PATHS.has(req?.path ?? '') && (status === 200 || status === 201))
      return at;
  }
  throw new Error('the log tells of no press');
}

async function send<T>(sharer: Person, procedure: string, data: object): Promise<T> {
  const answer = await sharer.page.request.post(`/api/trpc/${procedure}`, { data });
  if (!answer.ok()) throw new Error(`${procedure}: ${answer.status()} ${await answer.text()}`);
  return ((await answer.json()) as { result: { data: T } }).result.data;
}

async function print(presses: ReadonlyMap<string, readonly Press[]>): Promise<void> {
  const accepted = (name: string) =>
    (presses.get(name) ?? []).map(({ pressedAt, acceptedAt }) => acceptedAt - pressedAt);
  const button = median(accepted(BUTTON));
  console.log(
    '\n| | press to accepted, median | p95 | x of the button | last picture before the press, median | worst |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, all] of presses) {
    const times = accepted(name);
    const tails: number[] = [];
    for (const { file, pressedAt } of all) {
      const { shownAt } = await watchClip(file, pressedAt);
      tails.push(pressedAt - (shownAt.at(-1) ?? Number.NaN));
    }
    const worst = tails.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? Number.NaN;
    const cells = [
      `${median(times).toFixed(0)} ms`,
      `${percentile(times, 0.95).toFixed(0)} ms`,
      (median(times) / button).toFixed(2),
      `${median(tails).toFixed(0)} ms`,
      `${worst.toFixed(0)} ms`,
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}
