import { join } from 'node:path';
import { RECORDED_FROM_MS } from '@hindsight/recorder/testing/egress/recorded';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { CaptureResult, MyReplay } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watch } from '../capture/testing/watch.ts';
import type { ApiClient } from '../testing/api-client.ts';
import { openEgressStage, type EgressStage } from '../testing/egress-stage.ts';

/** The recorded share drew ten pictures a second, and egress thirty. */
const PICTURE_MS = 110;
const CLOCK_ERROR_MS = 100;
/** Egress reorders pictures (B-frames), so a copy starts and ends some pictures off. */
const CUT_ERROR_MS = 250;
/** The recorded segments last 4, 4, 4 and 2.1 s. */
const MEDIA_MS = 14_100;
const POLL = { timeout: 30 * SECOND, interval: 100 };

let stage: EgressStage;
let ada: ApiClient;
let userId: string;
let channelId: string;
/** This is the true time of the first frame. */
let startedAtMs: number;
/** The sound of the first clip is later than its picture by this much. */
let soundOfPart: number;

/** Times are true wall-clock times, with which the pictures are compared. */
beforeAll(async () => {
  stage = await openEgressStage({ speed: 1, endsWithMedia: true, hasWebhooks: true });
  ({ api: ada, id: userId } = stage.admin);
  ({ channelId } = stage);
});
afterAll(() => stage.close());

const mine = () => ada.query<MyReplay>('replay.mine', { channelId });
const clip = (clipId: string) => ada.query<ClipDto>('clip.get', { clipId });
const capture = (input: object) =>
  ada.mutate<CaptureResult>('replay.capture', { channelId, pressedAgoMs: 0, ...input });

/** Reads a READY clip's pictures: when each is shown, and when it was drawn, by this test's clock. */
async function watched(clipId: string) {
  await expect.poll(async () => (await clip(clipId)).status, POLL).not.toBe('PROCESSING');
  const ready = await clip(clipId);
  expect(ready).toMatchObject({ status: 'READY', errorCode: null });
  const path = join(stage.dataDir, 'files/replays', userId, `${clipId}.mp4`);
  const seen = await watch(path, { nearMs: RECORDED_FROM_MS });
  const pictures = seen.frames.flatMap(({ ptsMs, burntMs }) =>
    burntMs === null ? [] : [{ ptsMs, drawnMs: burntMs - RECORDED_FROM_MS + startedAtMs }],
  );
  return { ...seen, ready, pictures, first: pictures[0], last: pictures.at(-1) };
}

it('captures what was on the screen up to the request, though egress publishes it seconds later', async () => {
  await stage.startRecording(stage.admin);
  await expect.poll(async () => (await mine()).ranges.length, POLL).toBe(1);
  const { session, ranges } = await mine();
  expect(session).toMatchObject({ status: 'ACTIVE', health: 'OK' });
  startedAtMs = Date.parse(session?.startedAt ?? '');
  expect(Date.parse(ranges[0]?.from ?? '')).toBe(startedAtMs);

  const toMs = Date.now();
  expect(toMs - Date.parse(ranges[0]?.to ?? '')).toBeGreaterThan(4 * SECOND);
  const fromMs = startedAtMs + 1500;
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  const accepted = await capture({ from, to });
  // The capture is accepted at once and waits for segments to come.
  expect(accepted).toMatchObject({ isShorterThanAsked: false, clip: { status: 'PROCESSING' } });
  expect((await clip(accepted.clip.id)).phase).toBe('WAITING');
  expect(Math.abs(accepted.clip.durationMs - (toMs - fromMs))).toBeLessThan(50);

  const { first, last, ready, summary, audioDelayMs } = await watched(accepted.clip.id);
  expect(summary).toMatchObject({ video: { codec: 'h264', width: 1280 }, audio: { codec: 'aac' } });
  expect(first?.ptsMs).toBeLessThan(PICTURE_MS);
  expect(Math.abs((first?.drawnMs ?? 0) - fromMs)).toBeLessThan(CUT_ERROR_MS);
  expect(Math.abs((last?.drawnMs ?? 0) - toMs)).toBeLessThan(CUT_ERROR_MS);
  // Egress writes pictures out of order, so a clip ends with those that its last one needs.
  expect(Math.abs(ready.durationMs - (toMs - fromMs))).toBeLessThan(250);
  soundOfPart = audioDelayMs ?? Infinity;
});

it('ends with the share, and all of it can be captured for the grace time', async () => {
  await expect
    .poll(async () => (await mine()).session, POLL)
    .toMatchObject({ status: 'STOPPED', endReason: 'SHARE_ENDED' });
  const { session, ranges } = await mine();
  const endMs = Date.parse(session?.endedAt ?? '');
  expect(ranges.map(({ from, to }) => [Date.parse(from), Date.parse(to)])).toEqual([[startedAtMs, endMs]]);
  // Its black end and a little more are cut off.
  expect(Math.abs(endMs - startedAtMs - MEDIA_MS + 400)).toBeLessThan(150);

  const accepted = await capture({ lastMinutes: 1 });
  expect(accepted.isShorterThanAsked).toBe(true);
  const { frames, pictures, first, last, audioDelayMs } = await watched(accepted.clip.id);
  // The sound of the recorded page was late, and cutting must add nothing to that.
  expect(Math.abs((audioDelayMs ?? Infinity) - soundOfPart)).toBeLessThan(100);
  expect(Math.abs((first?.drawnMs ?? 0) - startedAtMs)).toBeLessThan(PICTURE_MS + CLOCK_ERROR_MS);
  // Egress adds a few black pictures when a share is unpublished, which are cut off.
  expect(Math.abs((last?.drawnMs ?? 0) - endMs)).toBeLessThan(PICTURE_MS + CLOCK_ERROR_MS);
  expect(frames.at(-1)?.burntMs).not.toBeNull();
  // Throughout the clip, each picture is shown at the time at which it was drawn.
  const errors = pictures.map(({ ptsMs, drawnMs }) => Math.abs(drawnMs - startedAtMs - ptsMs));
  expect(Math.max(...errors)).toBeLessThan(2 * PICTURE_MS + CLOCK_ERROR_MS);
});

it('shows the preview of the buffer', async () => {
  const preview = await ada.fetch(`/api/buffers/${userId}/${channelId}/index.m3u8`);
  const playlist = await preview.text();
  const files = playlist.match(/^[^#\n].*\.ts$/gm) ?? [];
  expect(files).toHaveLength(4);
  const piece = await ada.fetch(`/api/buffers/${userId}/${channelId}/${files[0]}`);
  expect(piece.headers.get('content-type')).toBe('video/mp2t');
  expect((await piece.arrayBuffer()).byteLength % 188).toBe(0);
});
