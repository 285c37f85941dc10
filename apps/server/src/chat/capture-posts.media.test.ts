import type { MessageClip, MessageEvent } from '@hindsight/shared/chat/message';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCaptureStage, type Capturer, type CaptureStage } from '../testing/capture-stage.ts';

let stage: CaptureStage;
let capturer: Capturer;
let target: { channelId: string };
let startMs: number;

beforeAll(async () => {
  stage = await openCaptureStage();
  capturer = await stage.createCapturer();
  const { communityId } = capturer;
  await stage.db.role.updateMany({
    where: { communityId },
    data: { actions: ['CAPTURE_REPLAY', 'SEND_MESSAGES'] },
  });
  const channel = { communityId, name: 'goals', kind: 'TEXT' } as const;
  target = { channelId: (await stage.db.channel.create({ data: channel })).id };
  startMs = Date.now() - 12 * SECOND;
  await stage.record(capturer, { startMs, durationMs: 12 * SECOND });
});
afterAll(() => stage.close());

/** These are the messages that the capturer's page receives. */
function follow() {
  const stop = new AbortController();
  const received: MessageEvent[] = [];
  const ended = (async () => {
    for await (const event of stage.chat.feed.events(capturer.user, stop.signal)) received.push(event);
  })();
  return {
    received,
    async close() {
      stop.abort();
      await ended;
    },
  };
}
const clipIn = (event: MessageEvent | undefined): MessageClip | null =>
  event !== undefined && 'message' in event ? event.message.clip : null;

it("posts a capture at once, which can soon be watched, and later shows its owner's trim", async () => {
  const tab = follow();
  const iso = (offsetMs: number) => new Date(startMs + offsetMs).toISOString();
  const { clip } = await stage.capture.accept(capturer.user, {
    channelId: capturer.channelId,
    from: iso(2 * SECOND),
    to: iso(10 * SECOND),
    pressedAgoMs: 0,
    share: target,
  });
  await expect.poll(() => tab.received[0]?.type).toBe('created');
  expect(clipIn(tab.received[0])).toMatchObject({ clip: { id: clip.id } });

  await stage.settled(capturer, clip.id);
  await expect
    .poll(() => clipIn(tab.received.at(-1)))
    .toMatchObject({
      clip: { status: 'READY', width: 1024, height: 256, posterUrl: expect.stringContaining(clip.id) },
    });
  const ready = clipIn(tab.received.at(-1));
  if (ready?.state !== 'present') throw new Error('the clip is there');
  expect(ready.clip.videoUrl).toContain(clip.id);
  // There is one message for each state of the clip (made, without and with its picture), however often its progress was
  // reported.
  expect(tab.received.length).toBeLessThanOrEqual(4);

  await stage.trim(capturer, { clipId: clip.id, fromMs: 2000, toMs: 6000, mode: 'replace' });
  await expect
    .poll(() => clipIn(tab.received.at(-1)), { timeout: 60 * SECOND })
    .not.toMatchObject({ clip: { durationMs: ready.clip.durationMs } });
  const trimmed = clipIn(tab.received.at(-1));
  if (trimmed?.state !== 'present') throw new Error('the clip keeps its place');
  expect(trimmed.clip).toMatchObject({ id: clip.id, status: 'READY' });
  expect(Math.abs(trimmed.clip.durationMs - 4000)).toBeLessThan(100);
  expect(trimmed.clip.videoUrl).not.toBe(ready.clip.videoUrl);
  await tab.close();
});
