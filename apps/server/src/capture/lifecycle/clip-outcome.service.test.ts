import type { ClipEvent } from '@hindsight/shared/clips/clip';
import { MINUTE } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CLIP_INCLUDE } from '../../clips/clip-feed.ts';
import type { Member } from '../../clips/testing/people.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import { createClipOutcome } from './clip-outcome.ts';

const FROM_MS = Date.UTC(2026, 10, 21, 10);
const MEDIA = { durationMs: MINUTE, width: 1280, height: 720, videoCodec: 'h264', audioCodec: 'opus' };
const MARKERS = [
  { offsetMs: 1000, label: null },
  { offsetMs: 2000, label: 'goal' },
];

let library: Library;
let owner: Member;
let told: ClipEvent[];
beforeAll(async () => {
  library = await openLibrary();
  owner = await library.createMember();
  library.events.listen('clip', ({ event }) => void told.push(event));
});
beforeEach(() => (told = []));
afterAll(() => library.close());

async function laidOut(removedAt: Date | null) {
  const { user, channelId } = owner;
  const makerId = library.servers.id;
  const [fromAt, toAt] = [new Date(FROM_MS), new Date(FROM_MS + MINUTE)];
  const clip = await library.db.replayClip.create({
    data: {
      ...{ userId: user.id, channelId, roomName: channelId, title: 'Goal', makerId, removedAt },
      ...{ fromAt, toAt, durationMs: MINUTE, reservedBytes: 1000n },
    },
  });
  await library.db.userReplayQuota.upsert({
    where: { userId: user.id },
    create: { userId: user.id, quotaBytes: 1_000_000n, reservedBytes: 1000n },
    update: { reservedBytes: { increment: 1000n } },
  });
  const speakers = [await library.createMember(), await library.createMember()];
  const range = { fromMs: FROM_MS, toMs: FROM_MS + MINUTE };
  const media = { ...MEDIA, sizeBytes: 900, etag: 'etag' };
  await createClipOutcome({ ...library, serverId: makerId }).succeedPinned(clip, {
    ...{ media, range, markers: MARKERS },
    voices: speakers.map((speaker) => speaker.user.id),
  });
  return clip.id;
}

it('tells of a clip that has become READY as it is in the database', async () => {
  const id = await laidOut(null);
  const row = await library.db.replayClip.findUniqueOrThrow({ where: { id }, include: CLIP_INCLUDE });
  expect(row).toMatchObject({ status: 'READY', markers: MARKERS, voices: [{}, {}] });
  expect(told).toEqual([{ type: 'changed', clip: await library.feed.toDto(row) }]);
});

it('tells nothing of a clip that was removed while it was made', async () => {
  const id = await laidOut(new Date());
  expect(await library.db.replayClip.findUniqueOrThrow({ where: { id } })).toMatchObject({ status: 'READY' });
  expect(told).toEqual([]);
});
