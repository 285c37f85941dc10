import { MAX_INVITES } from '@hindsight/shared/community/invite';
import { HOUR } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import { openCommunityStage, type CommunityStage } from './testing/stage.ts';

const ENDLESS = { expiresInHours: null, maxUses: null };

let stage: CommunityStage;
beforeAll(async () => {
  stage = await openCommunityStage();
});
afterAll(() => stage.close());

async function foundWithInvite(limits: { expiresInHours: number | null; maxUses: number | null } = ENDLESS) {
  const { founder, community } = await stage.createCommunity();
  const invite = await stage.invites.create(founder, { communityId: community.id, ...limits });
  return { founder, communityId: community.id, invite };
}

const usesOf = async ({ id }: { id: string }) =>
  (await stage.db.communityInvite.findUniqueOrThrow({ where: { id } })).uses;
const memberCount = (communityId: string) => stage.db.communityMember.count({ where: { communityId } });

describe('an invite', () => {
  it('lets somebody in with the default roles, once', async () => {
    const { founder, communityId, invite } = await foundWithInvite();
    const guest = await stage.person();
    stage.takeNews();
    expect(await stage.invites.accept(guest, invite.code)).toBe(communityId);
    const { actions, memberCount: count } = await stage.communities.get(guest, communityId);
    expect(actions).toEqual(['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN']);
    expect(count).toBe(2);
    const [news] = stage.takeNews();
    expect(news?.memberIds.toSorted()).toEqual([founder.id, guest.id].toSorted());

    expect(await stage.invites.accept(guest, invite.code)).toBe(communityId);
    expect(await usesOf(invite)).toBe(1);
    expect(stage.takeNews()).toEqual([]);
  });

  it('counts one use for somebody who accepts many times at once', async () => {
    const { communityId, invite } = await foundWithInvite({ expiresInHours: null, maxUses: 2 });
    const guest = await stage.person();
    const joined = await Promise.all(
      Array.from({ length: 8 }, () => stage.invites.accept(guest, invite.code)),
    );
    expect(new Set(joined)).toEqual(new Set([communityId]));
    expect(await usesOf(invite)).toBe(1);
  });

  it('lets exactly the allowed number in when fifty accept at once', async () => {
    const { communityId, invite } = await foundWithInvite({ expiresInHours: null, maxUses: 5 });
    const guests = await Promise.all(Array.from({ length: 50 }, () => stage.person()));
    const answers = await Promise.all(
      guests.map((guest) => refusal(stage.invites.accept(guest, invite.code))),
    );
    expect(answers.filter((answer) => answer === null)).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'INVITE_INVALID')).toHaveLength(45);
    expect(await memberCount(communityId)).toBe(1 + 5);
    expect(await usesOf(invite)).toBe(5);
  });

  it('shows anybody the community and its number of members', async () => {
    const { founder, communityId, invite } = await foundWithInvite();
    expect(await stage.invites.preview(null, invite.code)).toEqual({
      communityName: 'Home',
      memberCount: 1,
      joinedCommunityId: null,
    });
    expect(await stage.invites.preview(founder, invite.code)).toMatchObject({
      joinedCommunityId: communityId,
    });
  });

  it.each([
    ['expired', { expiresAt: new Date(Date.now() - 1000) }],
    ['used up', { maxUses: 3, uses: 3 }],
  ])('that is %s can no longer be used, except by members to open the community', async (_, data) => {
    const { founder, communityId, invite } = await foundWithInvite();
    await stage.db.communityInvite.update({ where: { id: invite.id }, data });
    const guest = await stage.person();
    expect(await refusal(stage.invites.preview(null, invite.code))).toBe('INVITE_INVALID');
    expect(await refusal(stage.invites.preview(guest, invite.code))).toBe('INVITE_INVALID');
    expect(await refusal(stage.invites.accept(guest, invite.code))).toBe('INVITE_INVALID');
    expect(await stage.invites.accept(founder, invite.code)).toBe(communityId);
    expect(await stage.invites.list(founder, communityId)).toEqual([]);
    expect(await memberCount(communityId)).toBe(1);
  });

  it('stops working when it is revoked', async () => {
    const { founder, communityId, invite } = await foundWithInvite();
    await stage.invites.revoke(founder, invite.id);
    const guest = await stage.person();
    expect(await refusal(stage.invites.accept(guest, invite.code))).toBe('INVITE_INVALID');
    expect(await refusal(stage.invites.preview(null, invite.code))).toBe('INVITE_INVALID');
    expect(await stage.invites.list(founder, communityId)).toEqual([]);
    expect(await refusal(stage.invites.revoke(founder, invite.id))).toBe('NOT_FOUND');
  });

  it('has a code that nobody can guess', async () => {
    const { invite } = await foundWithInvite();
    expect(invite.code).toMatch(/^[\w-]{12}$/);
    const guest = await stage.person();
    expect(await refusal(stage.invites.accept(guest, 'AAAAAAAAAAAA'))).toBe('INVITE_INVALID');
  });
});

describe('the invites of a community', () => {
  it('are listed with their remaining uses, the newest first', async () => {
    const { founder, communityId, invite } = await foundWithInvite({ expiresInHours: 24, maxUses: 10 });
    const newer = await stage.invites.create(founder, { communityId, ...ENDLESS });
    await stage.invites.accept(await stage.person(), invite.code);
    const [first, second, ...more] = await stage.invites.list(founder, communityId);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ id: newer.id, expiresAt: null, maxUses: null, uses: 0 });
    expect(second).toMatchObject({ id: invite.id, createdByName: founder.username, maxUses: 10, uses: 1 });
    const lifeMs = Date.parse(second?.expiresAt ?? '') - Date.parse(second?.createdAt ?? '');
    expect(Math.abs(lifeMs - 24 * HOUR)).toBeLessThan(5000);
  });

  it('are for those who manage it', async () => {
    const { communityId, invite } = await foundWithInvite();
    const member = await stage.member(communityId);
    const stranger = await stage.person();
    const input = { communityId, ...ENDLESS };
    expect(await refusal(stage.invites.create(member, input))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.invites.list(member, communityId))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.invites.revoke(member, invite.id))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.invites.create(stranger, input))).toBe('NOT_FOUND');
    expect(await refusal(stage.invites.list(stranger, communityId))).toBe('NOT_FOUND');
    expect(await refusal(stage.invites.revoke(stranger, invite.id))).toBe('NOT_FOUND');
  });

  it('are limited, and dead ones don’t count', async () => {
    const { founder, communityId } = await foundWithInvite();
    const rows = (data: object) =>
      Array.from({ length: MAX_INVITES - 1 }, () => ({ communityId, code: crypto.randomUUID(), ...data }));
    await stage.db.communityInvite.createMany({ data: rows({}) });
    const input = { communityId, ...ENDLESS };
    expect(await refusal(stage.invites.create(founder, input))).toBe('LIMIT_REACHED');
    await stage.db.communityInvite.updateMany({ where: { communityId }, data: { maxUses: 1, uses: 1 } });
    await stage.invites.create(founder, input);
    expect(await stage.db.communityInvite.count({ where: { communityId } })).toBe(1);
  });
});
