import { setTimeout as sleep } from 'node:timers/promises';
import type { VideoPage } from '@hindsight/rig/browsers/video-page';
import type { Capturer } from '@hindsight/server/testing/capture-stage';
import { MINUTE } from '@hindsight/shared/units';
import type { ServerPlace, Wanted } from './server-process.ts';
import { CaptureServer } from './capture-server.ts';
import { orLate } from './or-late.ts';
import { median } from '../figures.ts';

/** Nobody presses sooner after the page has loaded. */
const PAGE_TO_PRESS_MS = 500;
/** A clip that shows nothing for so long never will. */
const PICTURE_DEADLINE_MS = MINUTE;

/** All times are in milliseconds from the press. */
export interface Moments {
  accepted: number;
  ready: number;
  firstByte: number;
  firstPicture: number;
}

/** Presses, and measures when the press is accepted, when the clip is READY, and when it can be downloaded and seen. */
export async function pressAndWatch(
  { server, origin }: { server: CaptureServer; origin: string },
  capturer: Capturer,
  { wanted, page, isFileAwaited = true }: WatchOptions,
): Promise<Moments> {
  const pressedAt = performance.now();
  const since = () => performance.now() - pressedAt;
  const { clipId } = await server.tell({ type: 'press', capturer, wanted }, 'accepted');
  const accepted = since();
  const { videoUrl } = await server.hear('ready');
  const ready = since();
  const url = `${origin}${videoUrl}`;
  // The person who pressed has the player on their page, and another program may fetch the file.
  const shown = Promise.all([
    fetch(url, { headers: { range: 'bytes=0-1023' } })
      .then((response) => response.arrayBuffer())
      .then(since),
    page.load(url).then(({ pictureMs }) => ready + pictureMs),
  ]);
  const [firstByte, firstPicture] = await orLate(shown, `the first picture of ${url}`, PICTURE_DEADLINE_MS);
  if (isFileAwaited) await server.tell({ type: 'settle', capturer, clipId }, 'settled');
  else await server.tell({ type: 'remove', capturer, clipId }, 'removed');
  return { accepted, ready, firstByte, firstPicture };
}

/** Returns the medians of some presses on a running server, after one that is not counted. */
export async function warmPresses(
  place: ServerPlace,
  { capturer, wanted, page, rounds }: PressOptions,
): Promise<Moments> {
  await using server = new CaptureServer();
  const { origin } = await server.tell({ type: 'open', ...place, viewer: capturer }, 'opened');
  const moments: Moments[] = [];
  for (let round = -1; round < rounds; round++) {
    const one = await pressAndWatch({ server, origin }, capturer, { wanted, page });
    if (round >= 0) moments.push(one);
  }
  return medians(moments);
}

/** Returns the medians of first presses, each on a server that has just been started and has served its first page. */
export async function coldPresses(
  place: ServerPlace,
  { capturer, wanted, page, rounds }: PressOptions,
): Promise<Moments> {
  const moments: Moments[] = [];
  for (let round = 0; round < rounds; round++) {
    await using server = new CaptureServer();
    const { origin } = await server.tell({ type: 'open', ...place, viewer: capturer }, 'opened');
    await server.tell({ type: 'visit', capturer }, 'visited');
    await (await fetch(origin)).text();
    await sleep(PAGE_TO_PRESS_MS);
    moments.push(await pressAndWatch({ server, origin }, capturer, { wanted, page }));
  }
  return medians(moments);
}

interface WatchOptions extends Pick<PressOptions, 'wanted' | 'page'> {
  /** False deletes the clip once it was seen, and waits for no file. */
  isFileAwaited?: boolean;
}

interface PressOptions {
  capturer: Capturer;
  wanted: Wanted;
  page: VideoPage;
  rounds: number;
}

export function medians(moments: readonly Moments[]): Moments {
  const of = (moment: keyof Moments) => median(moments.map((one) => one[moment]));
  return {
    accepted: of('accepted'),
    ready: of('ready'),
    firstByte: of('firstByte'),
    firstPicture: of('firstPicture'),
  };
}
