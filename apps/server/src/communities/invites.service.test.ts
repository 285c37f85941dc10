import { MAX_INVITES } from '@hindsight/shared/invite';
import { HOUR } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import { openTown, type Town } from './testing/town.ts';

const ENDLESS = { expiresInHours: null, maxUses: null };

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town.close());

async function foundWithInvite(limits: { expiresInHours: number | null; maxUses: number | null } = ENDLESS) {
  const { founder, community } = await town.found();
  const invite = await town.invites.create(founder, { communityId: community.id, ...limits });
  return { founder, communityId: community.id, invite };
}

const usesOf = async ({ id }: { id: string }) =>
  (await town.db.communityInvite.findUniqueOrThrow({ where: { id } })).uses;
const memberCount = (communityId: string) => town.db.communityMember.count({ where: { communityId } });

describe('an invite', () => {
  it('lets somebody in with the default roles, once', async () => {
    const { founder, communityId, invite } = await foundWithInvite();
    const guest = await town.person();
    town.takeNews();
    expect(await town.invites.accept(guest, invite.code)).toBe(communityId);
    const { actions, memberCount: count } = await town.communities.get(guest, communityId);
    expect(actions).toEqual(['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN']);
    expect(count).toBe(2);
    const [news] = town.takeNews();
    expect(news?.memberIds.toSorted()).toEqual([founder.id, guest.id].toSorted());

    expect(await town.invites.accept(guest, invite.code)).toBe(communityId);
    expect(await usesOf(invite)).toBe(1);
    expect(town.takeNews()).toEqual([]);
  });

  it('counts one use for somebody who accepts many times at once', async () => {
    const { communityId, invite } = await foundWithInvite({ expiresInHours: null, maxUses: 2 });
    const guest = await town.person();
    const joined = await Promise.all(
      Array.from({ length: 8 }, () => town.invites.accept(guest, invite.code)),
    );
    expect(new Set(joined)).toEqual(new Set([communityId]));
    expect(await usesOf(invite)).toBe(1);
  });

  it('lets exactly the allowed number in when fifty accept at once', async () => {
    const { communityId, invite } = await foundWithInvite({ expiresInHours: null, maxUses: 5 });
    const guests = await Promise.all(Array.from({ length: 50 }, () => town.person()));
    const answers = await Promise.all(
      guests.map((guest) => refusal(town.invites.accept(guest, invite.code))),
    );
    expect(answers.filter((answer) => answer === null)).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'INVITE_INVALID')).toHaveLength(45);
    expect(await memberCount(communityId)).toBe(1 + 5);
    expect(await usesOf(invite)).toBe(5);
  });

  it('shows anybody the community and its number of members', async () => {
    const { founder, communityId, invite } = await foundWithInvite();
    expect(await town.invites.preview(null, invite.code)).toEqual({
      communityName: 'Home',
      memberCount: 1,
      joinedCommunityId: null,
    });
    expect(await town.invites.preview(founder, invite.code)).toMatchObject({
      joinedCommunityId: communityId,
    });
  });

  it.each([
    ['expired', { expiresAt: new Date(Date.now() - 1000) }],
    ['used up', { maxUses: 3, uses: 3 }],
  ])('that is %s does nothing but lead members on', async (_, data) => {
    const { founder, communityId, invite } = await foundWithInvite();
    await town.db.communityInvite.update({ where: { id: invite.id }, data });
    const guest = await town.person();
    expect(await refusal(town.invites.preview(null, invite.code))).toBe('INVITE_INVALID');
    expect(await refusal(town.invites.preview(guest, invite.code))).toBe('INVITE_INVALID');
    expect(await refusal(town.invites.accept(guest, invite.code))).toBe('INVITE_INVALID');
    expect(await town.invites.accept(founder, invite.code)).toBe(communityId);
    expect(await town.invites.list(founder, communityId)).toEqual([]);
    expect(await memberCount(communityId)).toBe(1);
  });

  it('stops working when it is revoked', async () => {
    const { founder, communityId, invite } = await foundWithInvite();
    await town.invites.revoke(founder, invite.id);
    const guest = await town.person();
    expect(await refusal(town.invites.accept(guest, invite.code))).toBe('INVITE_INVALID');
    expect(await refusal(town.invites.preview(null, invite.code))).toBe('INVITE_INVALID');
    expect(await town.invites.list(founder, communityId)).toEqual([]);
    expect(await refusal(town.invites.revoke(founder, invite.id))).toBe('NOT_FOUND');
  });

  it('has a code that nobody can guess', async () => {
    const { invite } = await foundWithInvite();
    expect(invite.code).toMatch(/^[\w-]{12}$/);
    const guest = await town.person();
    expect(await refusal(town.invites.accept(guest, 'AAAAAAAAAAAA'))).toBe('INVITE_INVALID');
  });
});

describe('the invites of a community', () => {
  it('are listed with their remaining uses, the newest first', async () => {
    const { founder, communityId, invite } = await foundWithInvite({ expiresInHours: 24, maxUses: 10 });
    const newer = await town.invites.create(founder, { communityId, ...ENDLESS });
    await town.invites.accept(await town.person(), invite.code);
    const [first, second, ...more] = await town.invites.list(founder, communityId);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ id: newer.id, expiresAt: null, maxUses: null, uses: 0 });
    expect(second).toMatchObject({ id: invite.id, createdByName: founder.username, maxUses: 10, uses: 1 });
    const lifeMs = Date.parse(second?.expiresAt ?? '') - Date.parse(second?.createdAt ?? '');
    expect(Math.abs(lifeMs - 24 * HOUR)).toBeLessThan(5000);
  });

  it('are for those who manage it', async () => {
    const { communityId, invite } = await foundWithInvite();
    const member = await town.member(communityId);
    const stranger = await town.person();
    const input = { communityId, ...ENDLESS };
    expect(await refusal(town.invites.create(member, input))).toBe('PERMISSION_DENIED');
    expect(await refusal(town.invites.list(member, communityId))).toBe('PERMISSION_DENIED');
    expect(await refusal(town.invites.revoke(member, invite.id))).toBe('PERMISSION_DENIED');
    expect(await refusal(town.invites.create(stranger, input))).toBe('NOT_FOUND');
    expect(await refusal(town.invites.list(stranger, communityId))).toBe('NOT_FOUND');
    expect(await refusal(town.invites.revoke(stranger, invite.id))).toBe('NOT_FOUND');
  });

  it('are limited, and dead ones don’t count', async () => {
    const { founder, communityId } = await foundWithInvite();
    const rows = (data: object) =>
      Array.from({ length: MAX_INVITES - 1 }, () => ({ communityId, code: crypto.randomUUID(), ...data }));
    await town.db.communityInvite.createMany({ data: rows({}) });
    const input = { communityId, ...ENDLESS };
    expect(await refusal(town.invites.create(founder, input))).toBe('LIMIT_REACHED');
    await town.db.communityInvite.updateMany({ where: { communityId }, data: { maxUses: 1, uses: 1 } });
    await town.invites.create(founder, input);
    expect(await town.db.communityInvite.count({ where: { communityId } })).toBe(1);
  });
});
