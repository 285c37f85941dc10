import { randomUUID } from 'node:crypto';
import type { CaptureInput } from '@hindsight/shared/replay/replay';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import { GiB, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDiskGuard } from '../storage/disk-guard.ts';
import { createAcceptance, type Capture } from '../capture/accept/acceptance.service.ts';
import { pieces } from '../buffer/testing/pieces.ts';
import { createJoins } from '../capture/join/joins.service.ts';
import { createTrims } from '../capture/trim/trims.service.ts';
import { refusal } from '../recording/testing/refusal.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

let stage: ChatStage;
let hall: Hall;
let target: { channelId: string };
let owner: SignedInUser;
let reader: SignedInUser;
let capture: Capture;
let enqueued: string[];
/** Runs between the checks and the transaction. */
let onFlush: () => Promise<unknown>;

beforeAll(async () => {
  stage = await openChatStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  hall = await stage.createHall();
  target = { channelId: hall.channelId };
  owner = await stage.createUser(hall, ['CAPTURE_REPLAY', 'SEND_MESSAGES']);
  reader = await stage.createUser(hall);
  enqueued = [];
  onFlush = async () => undefined;
  const disk = createDiskGuard({
    path: '/',
    floorBytes: 1,
    floorFraction: 0,
    statfs: async () => ({ bsize: 1, blocks: 10 * GiB, bavail: 10 * GiB }),
  });
  const enqueue = async ({ id }: { id: string }) => void enqueued.push(id);
  const timeline = pieces('a', Date.now() - 20 * SECOND, 5, { sizeBytes: 1000 });
  capture = createAcceptance({
    ...stage,
    source: {
      pieces: async () => timeline,
      async atPress() {
        await onFlush();
        return { timeline, isLive: false, hasVoices: true };
      },
    },
    disk,
    trims: createTrims({ ...stage, disk, enqueue }),
    joins: createJoins({ ...stage, disk, enqueue }),
    posts: stage.chat.clipPosts,
    enqueue,
    makeSoon: ({ id }) => void enqueued.push(id),
    makeAccepted: ({ id }) => void enqueued.push(id),
    serverId: randomUUID(),
  });
});

const press = (share: MessageTarget, input: Partial<CaptureInput> = {}) =>
  capture.accept(owner, {
    channelId: hall.voiceChannelId,
    lastMinutes: 1,
    pressedAgoMs: 0,
    share,
    ...input,
  });

async function expectNothing(): Promise<void> {
  expect(await stage.db.replayClip.count({ where: { userId: owner.id } })).toBe(0);
  expect(await stage.db.message.count({ where: { authorId: owner.id } })).toBe(0);
  expect((await stage.quota.mine(owner.id)).reservedBytes).toBe(0);
  expect(enqueued).toEqual([]);
}

describe('a capture that is posted to a place', () => {
  it('is posted while it is being made, as soon as it is accepted', async () => {
    const tab = stage.follow(reader);
    const { clip } = await press(target, { title: 'The goal' });
    const { items } = await stage.chat.messages.list(reader, { target, limit: 10 });
    expect(items).toMatchObject([
      {
        author: { id: owner.id },
        text: '',
        clip: {
          state: 'present',
          clip: { id: clip.id, title: 'The goal', status: 'PROCESSING', videoUrl: null },
        },
      },
    ]);
    await expect.poll(() => tab.received[0]).toEqual({ type: 'created', message: items[0] });
    expect(enqueued).toEqual([clip.id]);
    expect(await stage.clips.get(owner.id, clip.id)).toMatchObject({ status: 'PROCESSING' });
    await tab.close();
  });

  it('can be posted to a conversation as well', async () => {
    const conversation = await stage.createConversation(owner, reader);
    await press(conversation);
    expect(await stage.chat.conversations.list(reader)).toMatchObject([
      { lastMessage: { clip: { state: 'present', clip: { status: 'PROCESSING' } } } },
    ]);
  });

  it('is neither made nor posted where its owner may not write', async () => {
    await stage.db.role.updateMany({
      where: { communityId: hall.id },
      data: { actions: ['CAPTURE_REPLAY'] },
    });
    expect(await refusal(press(target))).toBe('SHARE_TARGET_FORBIDDEN');
    await expectNothing();
  });

  it('is neither made nor posted where its owner may not read, or nobody can write', async () => {
    const hidden = await stage.createHall();
    const others = await stage.createConversation(reader, await stage.createUser(hall));
    for (const place of [{ channelId: hidden.channelId }, { channelId: hall.voiceChannelId }, others])
      expect(await refusal(press(place))).toBe('NOT_FOUND');
    await expectNothing();
  });

  it('is neither made nor posted when there is no space for it', async () => {
    await stage.db.userReplayQuota.create({ data: { userId: owner.id, quotaBytes: 1n } });
    expect(await refusal(press(target))).toBe('QUOTA_EXCEEDED');
    await expectNothing();
  });

  it('is neither made nor posted when the place is deleted meanwhile', async () => {
    onFlush = () => stage.db.channel.delete({ where: { id: hall.channelId } });
    expect(await refusal(press(target))).toBe('NOT_FOUND');
    await expectNothing();
  });
});
