import { setTimeout as sleep } from 'node:timers/promises';
import { openVideoPage } from '@hindsight/rig/browsers/video-page';
import { createApiClient } from '@hindsight/server/testing/api-client';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { LiveEvent } from '@hindsight/shared/live';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { MINUTE } from '@hindsight/shared/units';
import type { Person } from './people-process.ts';
import { visitChannel } from './visits.ts';

/** Nobody presses sooner after the page has loaded. */
const PAGE_TO_PRESS_MS = 500;
const LOOK_EVERY_MS = 100;
const READY_DEADLINE_MS = 5 * MINUTE;

/** All times are in milliseconds from the press. */
interface Moments {
  accepted: number;
  ready: number;
  firstPicture: number;
}

/** Loads the web app in a browser, visits a channel, presses, and waits for the first picture of the clip in that browser. */
export async function pressInBrowser(origin: string, person: Person, lastMinutes: 1 | 10): Promise<Moments> {
  const { token, channelId } = person;
  await using page = await openVideoPage(origin, { headers: { authorization: `Bearer ${token}` } });
  const api = createApiClient(origin, token);
  const leaving = new AbortController();
  const changes = api.subscribe<LiveEvent>('live.events', { channelIds: [channelId] }, leaving.signal);
  // The first event, the state of recordings, shows that the stream has begun.
  await changes.next();
  await visitChannel(origin, person);
  await sleep(PAGE_TO_PRESS_MS);

  const pressedAt = performance.now();
  const since = () => performance.now() - pressedAt;
  const press = { channelId, lastMinutes };
  const pressing = api
    .mutate<CaptureResult>('replay.capture', press)
    .then(({ clip }) => ({ clip, ms: since() }));
  const ready: ClipDto[] = [];
  let accepted: Awaited<typeof pressing> | undefined;
  for await (const change of changes) {
    if (change.feed !== 'clip' || change.event.type !== 'changed') continue;
    if (change.event.clip.status === 'FAILED') throw new Error('the clip could not be made');
    if (change.event.clip.status !== 'READY') continue;
    ready.push(change.event.clip);
    accepted ??= await pressing;
    if (ready.some(({ id }) => id === accepted?.clip.id)) break;
  }
  const { clip, ms } = await pressing;
  const videoUrl = ready.find(({ id }) => id === clip.id)?.videoUrl ?? '';
  const readyMs = since();
  const { pictureMs } = await page.load(`${origin}${videoUrl}`);
  leaving.abort();
  return { accepted: ms, ready: readyMs, firstPicture: readyMs + pictureMs };
}

/** Lets people press in the same instant. Returns how long each waited until it was accepted, in ms. */
export async function pressTogether(origin: string, people: readonly Person[]): Promise<number[]> {
  return Promise.all(
    people.map(async ({ token, channelId }) => {
      const api = createApiClient(origin, token);
      const pressedAt = performance.now();
      await api.mutate('replay.capture', { channelId, lastMinutes: 1 });
      return performance.now() - pressedAt;
    }),
  );
}

/** Waits until all clips of some people can be watched. @throws Error when one has failed */
export async function untilWatchable(origin: string, people: readonly Person[]): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (const { token } of people) {
    const api = createApiClient(origin, token);
    for (;;) {
      const { items } = await api.query<{ items: ClipDto[] }>('clip.list', {});
      if (items.some(({ status }) => status === 'FAILED')) throw new Error('a clip has failed');
      if (items.every(({ status }) => status === 'READY')) break;
      if (performance.now() > deadline) throw new Error('clips are not finished');
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/**
 * Waits until all clips of some people can be watched, and removes them: what a clip still lacks then would be made beside the next
 * measurement, also by the next server.
 * @throws Error when one has failed
 */
export async function clearClips(origin: string, people: readonly Person[]): Promise<void> {
  await untilWatchable(origin, people);
  for (const { token } of people) {
    const api = createApiClient(origin, token);
    const { items } = await api.query<{ items: ClipDto[] }>('clip.list', {});
    await api.mutate('clip.removeMany', { clipIds: items.map(({ id }) => id) });
  }
}
