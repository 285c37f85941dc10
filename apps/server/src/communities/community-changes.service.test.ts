import { ACTIONS } from '@hindsight/shared/community/permissions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import { openCommunityStage, type CommunityStage } from './testing/stage.ts';

let stage: CommunityStage;
beforeAll(async () => {
  stage = await openCommunityStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.takeNews();
});

const voiceOf = (community: { channels: { id: string; kind: string }[] }) =>
  community.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';

describe('making a community', () => {
  it('gives it first channels, and its maker every permission', async () => {
    const { founder, community } = await stage.createCommunity();
    expect(community).toMatchObject({
      name: 'Home',
      actions: ACTIONS,
      memberCount: 1,
      isReplayEnabled: true,
    });
    expect(community.channels.map(({ name, kind }) => `${kind} ${name}`).toSorted()).toEqual([
      'TEXT general',
      'VOICE Lounge',
    ]);
    expect(stage.takeNews()).toEqual([{ communityId: community.id, memberIds: [founder.id] }]);
  });

  it('gives new members no replay buffer until somebody grants it', async () => {
    const { community } = await stage.createCommunity();
    const member = await stage.member(community.id);
    const { actions } = await stage.communities.get(member, community.id);
    expect(actions).toEqual(['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN']);
  });
});

describe('renaming a community', () => {
  it('is for those who manage it, and tells all members', async () => {
    const { founder, community } = await stage.createCommunity();
    const member = await stage.member(community.id);
    const stranger = await stage.person(true);
    const input = { communityId: community.id, name: 'Harbour' };
    expect(await refusal(stage.changes.update(member, input))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.changes.update(stranger, input))).toBe('NOT_FOUND');
    stage.takeNews();
    await stage.changes.update(founder, input);
    expect((await stage.communities.get(member, community.id)).name).toBe('Harbour');
    const [news, ...more] = stage.takeNews();
    expect(more).toEqual([]);
    expect(news?.memberIds.toSorted()).toEqual([founder.id, member.id].toSorted());
  });
});

describe('deleting a community', () => {
  it('ends its recordings and calls, tells everybody, and keeps the clips', async () => {
    const { founder, community } = await stage.createCommunity();
    const member = await stage.member(community.id);
    const room = voiceOf(community);
    await stage.record(member, community.id, room);
    const clip = await stage.db.replayClip.create({
      data: {
        userId: member.id,
        communityId: community.id,
        channelId: room,
        roomName: room,
        title: 'Photo finish',
        fromAt: new Date(0),
        toAt: new Date(1000),
        durationMs: 1000,
      },
    });
    expect(await refusal(stage.changes.remove(member, community.id))).toBe('PERMISSION_DENIED');
    stage.takeNews();
    await stage.changes.remove(founder, community.id);

    expect(await stage.communities.list(founder)).toEqual([]);
    expect(stage.server.recorder.recording).toEqual([]);
    expect(await stage.livekit.participants(room)).toEqual([]);
    expect(await stage.db.replayClip.findUnique({ where: { id: clip.id } })).toMatchObject({
      title: 'Photo finish',
      communityId: null,
      channelId: null,
    });
    const [news] = stage.takeNews();
    expect(news?.memberIds.toSorted()).toEqual([founder.id, member.id].toSorted());
    expect(await refusal(stage.changes.remove(founder, community.id))).toBe('NOT_FOUND');
  });
});

describe('leaving a community', () => {
  it('ends the membership, the recording and the connection there', async () => {
    const { founder, community } = await stage.createCommunity();
    const member = await stage.member(community.id);
    const room = voiceOf(community);
    await stage.record(member, community.id, room);
    stage.takeNews();
    await stage.changes.leave(member, community.id);

    expect(await stage.communities.list(member)).toEqual([]);
    expect(await stage.recordingStage.statesOf(member)).toEqual([['STOPPED', 'LEFT']]);
    expect(await stage.livekit.participants(room)).toEqual([]);
    // The one who left is told too, for their other windows.
    expect(stage.takeNews()).toEqual([{ communityId: community.id, memberIds: [founder.id, member.id] }]);
    expect(await refusal(stage.changes.leave(member, community.id))).toBe('NOT_FOUND');
  });

  it('is refused to the last admin, also when the last two leave at once', async () => {
    const { founder, community } = await stage.createCommunity();
    const second = await stage.member(community.id);
    expect(await refusal(stage.changes.leave(founder, community.id))).toBe('LAST_ADMIN');
    const admin = await stage.db.role.findFirstOrThrow({
      where: { communityId: community.id, name: 'Admin' },
    });
    await stage.db.memberRole.create({
      data: { communityId: community.id, userId: second.id, roleId: admin.id },
    });
    const answers = await Promise.all(
      [founder, second].map((user) => refusal(stage.changes.leave(user, community.id))),
    );
    expect(new Set(answers)).toEqual(new Set(['LAST_ADMIN', null]));
    expect(await stage.db.communityMember.count({ where: { communityId: community.id } })).toBe(1);
  });

  it('is possible in a community that has no admin', async () => {
    const { founder, community } = await stage.createCommunity();
    const member = await stage.member(community.id);
    await stage.db.communityMember.deleteMany({ where: { userId: founder.id } });
    await stage.changes.leave(member, community.id);
    expect(await stage.communities.list(member)).toEqual([]);
  });
});
