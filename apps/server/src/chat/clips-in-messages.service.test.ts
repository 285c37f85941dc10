import { randomUUID } from 'node:crypto';
import { MINUTE } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

let stage: ChatStage;
let hall: Hall;
let target: { channelId: string };
let owner: SignedInUser;
let reader: SignedInUser;

beforeAll(async () => {
  stage = await openChatStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  hall = await stage.createHall();
  target = { channelId: hall.channelId };
  owner = await stage.createUser(hall);
  reader = await stage.createUser(hall);
});

const share = (user: SignedInUser, clipId: string, place: { channelId: string } = target) =>
  stage.chat.messages.create(user, { target: place, text: '', clipId });
const clipOf = async (messageId: string) => {
  const { items } = await stage.chat.messages.list(reader, { target, limit: 100 });
  return items.find(({ id }) => id === messageId)?.clip;
};
const removed = { state: 'removed' };

describe('sharing a clip', () => {
  it('shows it to the readers', async () => {
    const clipId = await stage.createClip(owner);
    const { id, clip } = await share(owner, clipId);
    expect(clip).toMatchObject({
      state: 'present',
      clip: {
        id: clipId,
        title: 'Lounge, 1 min',
        ownerId: owner.id,
        ownerName: owner.username,
        status: 'READY',
        durationMs: 60_000,
        width: 1280,
        height: 720,
      },
    });
    expect(await clipOf(id)).toEqual(clip);
  });

  it('is possible while it is still being made, and shows it without addresses', async () => {
    const { id } = await share(owner, await stage.createBareClip(owner));
    expect(await clipOf(id)).toMatchObject({
      state: 'present',
      clip: { status: 'PROCESSING', videoUrl: null, posterUrl: null },
    });
  });

  it('is only for its owner', async () => {
    const clipId = await stage.createClip(owner);
    await share(owner, clipId);
    expect(await refusal(share(reader, clipId))).toBe('NOT_FOUND');
    expect(await refusal(share(owner, randomUUID()))).toBe('NOT_FOUND');
  });

  it.each([
    ['was removed', { removedAt: new Date() }, 'NOT_FOUND'],
    ['is about to take another’s place', { isReplacement: true }, 'NOT_FOUND'],
    ['could not be saved', { status: 'FAILED' }, 'VALIDATION_FAILED'],
  ] as const)('is refused for one that %s', async (_, data, code) => {
    expect(await refusal(share(owner, await stage.createBareClip(owner, data)))).toBe(code);
  });

  it('tells a place where one may not write from one that one may not read', async () => {
    const clipId = await stage.createClip(owner);
    await stage.db.role.updateMany({ where: { communityId: hall.id }, data: { actions: [] } });
    expect(await refusal(share(owner, clipId))).toBe('SHARE_TARGET_FORBIDDEN');
    const hidden = await stage.createHall();
    expect(await refusal(share(owner, clipId, { channelId: hidden.channelId }))).toBe('NOT_FOUND');
    expect(await refusal(share(owner, clipId, { channelId: hall.voiceChannelId }))).toBe('NOT_FOUND');
    expect(await stage.db.message.count({ where: { clipId } })).toBe(0);
  });
});

describe('a clip in messages', () => {
  it('stays when the message is removed', async () => {
    const clipId = await stage.createClip(owner);
    const { id } = await share(owner, clipId);
    await stage.chat.messages.remove(owner, id);
    expect(await stage.clips.get(owner.id, clipId)).toMatchObject({ status: 'READY' });
  });

  it('is shown as removed after its owner removed it, and is back when they undo that', async () => {
    const clipId = await stage.createClip(owner);
    const { id, clip } = await share(owner, clipId);
    await stage.clips.remove(owner.id, clipId);
    expect(await clipOf(id)).toEqual(removed);
    await stage.clips.restore(owner.id, [clipId]);
    expect(await clipOf(id)).toEqual(clip);
  });

  it('is shown as removed for good when its row is deleted', async () => {
    const clipId = await stage.createBareClip(owner);
    const { id } = await share(owner, clipId);
    await stage.db.replayClip.delete({ where: { id: clipId } });
    expect(await clipOf(id)).toEqual(removed);
    expect(await stage.db.message.count({ where: { id } })).toBe(1);
  });
});

describe('a shared clip’s page', () => {
  const get = (user: SignedInUser, clipId: string) => stage.chat.sharedClips.get(user, clipId);

  it('is for its owner, and for those who may read a message with it', async () => {
    const clipId = await stage.createClip(owner);
    expect(await get(owner, clipId)).toMatchObject({ id: clipId, ownerName: owner.username });
    expect(await refusal(get(reader, clipId))).toBe('NOT_FOUND');
    const { clip } = await share(owner, clipId);
    expect({ state: 'present', clip: await get(reader, clipId) }).toEqual(clip);
    expect(await refusal(get(await stage.createUser(await stage.createHall()), clipId))).toBe('NOT_FOUND');
    await stage.kick(reader, hall);
    expect(await refusal(get(reader, clipId))).toBe('NOT_FOUND');
  });

  it('is not found after the clip was removed', async () => {
    const clipId = await stage.createClip(owner);
    await share(owner, clipId);
    await stage.db.replayClip.update({
      where: { id: clipId },
      data: { removedAt: new Date(Date.now() - MINUTE) },
    });
    expect(await refusal(get(reader, clipId))).toBe('NOT_FOUND');
    expect(await refusal(get(owner, clipId))).toBe('NOT_FOUND');
  });
});
