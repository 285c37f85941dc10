import { MAX_CHANNELS, type ChannelKind } from '@hindsight/shared/community/community';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openCommunityStage, type CommunityStage } from './testing/stage.ts';

let stage: CommunityStage;
beforeAll(async () => {
  stage = await openCommunityStage();
});
afterAll(() => stage.close());

async function namesOf(user: SignedInUser, communityId: string, kind: ChannelKind) {
  const { channels } = await stage.communities.get(user, communityId);
  return channels.filter((channel) => channel.kind === kind).map(({ name }) => name);
}

async function foundWith(names: string[]) {
  const { founder, community } = await stage.createCommunity();
  const ids = new Map<string, string>();
  for (const name of names) {
    const { id } = await stage.channels.create(founder, { communityId: community.id, name, kind: 'TEXT' });
    ids.set(name, id);
  }
  return { founder, communityId: community.id, idOf: (name: string) => ids.get(name) ?? '' };
}

describe('making a channel', () => {
  it('puts it after the others of its kind, and tells the members', async () => {
    const { founder, communityId } = await foundWith([]);
    const member = await stage.member(communityId);
    stage.takeNews();
    await stage.channels.create(founder, { communityId, name: 'clips', kind: 'TEXT' });
    await stage.channels.create(founder, { communityId, name: 'Workshop', kind: 'VOICE' });
    expect(await namesOf(member, communityId, 'TEXT')).toEqual(['general', 'clips']);
    expect(await namesOf(member, communityId, 'VOICE')).toEqual(['Lounge', 'Workshop']);
    expect(stage.takeNews().map(({ memberIds }) => memberIds.length)).toEqual([2, 2]);
  });

  it('is for those who manage channels', async () => {
    const { communityId } = await foundWith([]);
    const member = await stage.member(communityId);
    const stranger = await stage.person();
    const input = { communityId, name: 'clips', kind: 'TEXT' } as const;
    expect(await refusal(stage.channels.create(member, input))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.channels.create(stranger, input))).toBe('NOT_FOUND');
  });

  it('refuses a name that is taken among its kind, also for simultaneous requests', async () => {
    const { founder, communityId } = await foundWith([]);
    const inputs = ['clips', 'CLIPS'].map((name) => ({ communityId, name, kind: 'TEXT' }) as const);
    const answers = await Promise.all(inputs.map((input) => refusal(stage.channels.create(founder, input))));
    expect(new Set(answers)).toEqual(new Set(['NAME_TAKEN', null]));
    expect(
      await refusal(stage.channels.create(founder, { communityId, name: 'clips', kind: 'VOICE' })),
    ).toBeNull();
  });

  it('refuses more than a community may have', async () => {
    const { founder, communityId } = await foundWith([]);
    const already = await stage.db.channel.count({ where: { communityId } });
    await stage.db.channel.createMany({
      data: Array.from({ length: MAX_CHANNELS - already }, (_, index) => ({
        communityId,
        name: `channel ${index}`,
        kind: 'TEXT' as const,
      })),
    });
    expect(
      await refusal(stage.channels.create(founder, { communityId, name: 'one more', kind: 'TEXT' })),
    ).toBe('LIMIT_REACHED');
  });
});

describe('changing a channel', () => {
  it.each([
    ['c', 0, ['c', 'general', 'a', 'b']],
    ['a', 2, ['general', 'b', 'a', 'c']],
    ['a', 1, ['general', 'a', 'b', 'c']],
    ['a', 99, ['general', 'b', 'c', 'a']],
  ])('moves %s to place %i', async (name, position, order) => {
    const { founder, communityId, idOf } = await foundWith(['a', 'b', 'c']);
    await stage.channels.update(founder, { channelId: idOf(name), position });
    expect(await namesOf(founder, communityId, 'TEXT')).toEqual(order);
    expect(await namesOf(founder, communityId, 'VOICE')).toEqual(['Lounge']);
  });

  it('keeps one consistent order when several move at once', async () => {
    const { founder, communityId, idOf } = await foundWith(['a', 'b', 'c']);
    await Promise.all(
      ['a', 'b', 'c'].map((name) => stage.channels.update(founder, { channelId: idOf(name), position: 0 })),
    );
    expect((await namesOf(founder, communityId, 'TEXT')).toSorted()).toEqual(['a', 'b', 'c', 'general']);
    const rows = await stage.db.channel.findMany({ where: { communityId, kind: 'TEXT' } });
    expect(new Set(rows.map(({ position }) => position))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('renames it; a change of case is allowed, another channel’s name is not', async () => {
    const { founder, communityId, idOf } = await foundWith(['clips', 'chat']);
    const channelId = idOf('clips');
    await expect(stage.channels.update(founder, { channelId, name: 'Clips' })).resolves.toMatchObject({
      name: 'Clips',
    });
    expect(await refusal(stage.channels.update(founder, { channelId, name: 'CHAT' }))).toBe('NAME_TAKEN');
    expect(await namesOf(founder, communityId, 'TEXT')).toEqual(['general', 'Clips', 'chat']);
  });

  it('is for those who manage channels', async () => {
    const { communityId, idOf } = await foundWith(['clips']);
    const member = await stage.member(communityId);
    const stranger = await stage.person();
    const input = { channelId: idOf('clips'), name: 'mine' };
    expect(await refusal(stage.channels.update(member, input))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.channels.update(stranger, input))).toBe('NOT_FOUND');
    expect(await refusal(stage.channels.remove(member, input.channelId))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.channels.remove(stranger, input.channelId))).toBe('NOT_FOUND');
  });
});

describe('removing a voice channel', () => {
  it('ends its recordings and disconnects everybody; the buffer keeps the name of its room', async () => {
    const { founder, community } = await stage.createCommunity();
    const member = await stage.member(community.id);
    const room = community.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
    const sessionId = await stage.record(member, community.id, room);
    stage.takeNews();
    await stage.channels.remove(founder, room);

    expect(await namesOf(member, community.id, 'VOICE')).toEqual([]);
    expect(await stage.livekit.participants(room)).toEqual([]);
    expect(stage.server.recorder.recording).not.toContain(sessionId);
    expect(await stage.db.egressSession.findUnique({ where: { id: sessionId } })).toMatchObject({
      status: 'STOPPED',
      endReason: 'STOPPED_BY_ADMIN',
      channelId: null,
      roomName: room,
    });
    expect(stage.takeNews()).toHaveLength(1);
    expect(await refusal(stage.channels.remove(founder, room))).toBe('NOT_FOUND');
  });
});
