import { randomUUID } from 'node:crypto';
import { ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openRolesStage, type RolesStage } from './testing/stage.ts';

const HELPER: Action[] = ['MANAGE_ROLES', 'MANAGE_COMMUNITY', 'CONNECT'];

let stage: RolesStage;
let communityId: string;
let admin: SignedInUser;
let helper: SignedInUser;
let member: SignedInUser;
let outsider: SignedInUser;

beforeAll(async () => {
  stage = await openRolesStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  communityId = (await stage.createCommunity()).id;
  admin = await stage.createUser(communityId, [...ACTIONS]);
  helper = await stage.createUser(communityId, HELPER);
  member = await stage.createUser(communityId, ['CONNECT']);
  outsider = await stage.createUser((await stage.createCommunity()).id, [...ACTIONS]);
});

const roleIdOf = async ({ username }: SignedInUser) =>
  (await stage.db.role.findFirstOrThrow({ where: { communityId, name: username } })).id;
const appCode = (name: string) => ({ cause: expect.objectContaining({ code: name }) });
const isMember = async ({ id: userId }: SignedInUser) =>
  (await stage.db.communityMember.count({ where: { communityId, userId } })) === 1;

describe('each procedure', () => {
  const procedures: [string, (user: SignedInUser) => Promise<unknown>, boolean][] = [
    ['list', (user) => stage.as(user).member.list({ communityId }), true],
    [
      'update',
      (user) => stage.as(user).member.update({ communityId, userId: member.id, roleIds: [] }),
      false,
    ],
    ['remove', (user) => stage.as(user).member.remove({ communityId, userId: member.id }), false],
  ];

  it.each(procedures)(
    '%s: is refused to outsiders, and changes need the permission',
    async (_, call, isOpen) => {
      await expect(call(outsider)).rejects.toMatchObject(appCode('NOT_FOUND'));
      if (isOpen) await expect(call(member)).resolves.toBeDefined();
      else await expect(call(member)).rejects.toMatchObject(appCode('PERMISSION_DENIED'));
      await expect(call(admin)).resolves.toBeDefined();
    },
  );

  it('answers NOT_FOUND for people who are not members', async () => {
    const [asAdmin, userId] = [stage.as(admin).member, outsider.id];
    await expect(asAdmin.update({ communityId, userId, roleIds: [] })).rejects.toMatchObject(
      appCode('NOT_FOUND'),
    );
    await expect(asAdmin.remove({ communityId, userId })).rejects.toMatchObject(appCode('NOT_FOUND'));
  });
});

describe('the list', () => {
  it('comes by name and in pages, and finds a part of a name in any case', async () => {
    const names = ['Zoe', 'anna', 'Ben', 'hannah', 'a_b'].map((name) => `${name}-${randomUUID()}`);
    for (const username of names) {
      const { id: userId } = await stage.db.user.create({
        data: { username, usernameKey: username.toLowerCase(), passwordHash: '' },
      });
      await stage.db.communityMember.create({ data: { communityId, userId } });
    }
    const { member: asMember } = stage.as(member);
    const all = await asMember.list({ communityId });
    expect(all).toMatchObject({ total: 8, nextCursor: null });
    const first = await asMember.list({ communityId, limit: 3 });
    const rest = await asMember.list({ communityId, limit: 10, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...rest.items]).toEqual(all.items);
    expect(rest.total).toBe(8);

    const found = await asMember.list({ communityId, search: 'ANNA' });
    expect(found.items.map(({ username }) => username)).toEqual([names[1], names[3]]);
    expect(found.total).toBe(2);
    // `_` is a letter like others, not a wildcard.
    expect((await asMember.list({ communityId, search: 'a_b-' })).total).toBe(1);
    expect((await asMember.list({ communityId, search: '%' })).total).toBe(0);
  });

  it('shows roles, the most powerful first, and who is an instance admin', async () => {
    await stage.addRole(communityId, { name: 'Weak', actions: [], userId: admin.id });
    const boss = await stage.createInstanceAdmin();
    await stage.db.communityMember.create({ data: { communityId, userId: boss.id } });
    const { items } = await stage.as(member).member.list({ communityId });
    expect(items.find(({ userId }) => userId === admin.id)).toMatchObject({
      isInstanceAdmin: false,
      roles: [{ name: admin.username }, { name: 'Weak' }],
    });
    expect(items.find(({ userId }) => userId === boss.id)).toMatchObject({
      isInstanceAdmin: true,
      roles: [],
    });
  });
});

describe('giving roles', () => {
  it('sets exactly those roles, once each, and tells every member', async () => {
    const guest = await stage.addRole(communityId, { name: 'Guest', actions: [] });
    const told = await stage.toldDuring(communityId, async () => {
      const changed = await stage
        .as(admin)
        .member.update({ communityId, userId: member.id, roleIds: [guest, guest] });
      expect(changed.roles).toEqual([{ id: guest, name: 'Guest' }]);
    });
    expect(told.toSorted()).toEqual([admin.id, helper.id, member.id].toSorted());
  });

  it('accepts roles of this community only', async () => {
    const { id: foreign } = await stage.db.role.findFirstOrThrow({ where: { name: outsider.username } });
    await expect(
      stage.as(admin).member.update({ communityId, userId: member.id, roleIds: [foreign] }),
    ).rejects.toMatchObject(appCode('NOT_FOUND'));
  });

  it('never gives or takes what the caller may not do', async () => {
    const [strong, weak] = [await roleIdOf(admin), await roleIdOf(member)];
    const asHelper = stage.as(helper).member;
    for (const attempt of [
      { userId: member.id, roleIds: [weak, strong] },
      { userId: helper.id, roleIds: [strong] },
      { userId: admin.id, roleIds: [] },
    ])
      await expect(asHelper.update({ communityId, ...attempt })).rejects.toMatchObject(
        appCode('PERMISSION_DENIED'),
      );
    // Another role of the member, which the caller may not change, stays.
    const both = await asHelper.update({ communityId, userId: admin.id, roleIds: [strong, weak] });
    expect(both.roles.map(({ id }) => id)).toEqual([strong, weak]);
  });

  it('keeps somebody who can manage the community', async () => {
    await stage.as(admin).member.remove({ communityId, userId: helper.id });
    await expect(
      stage.as(admin).member.update({ communityId, userId: admin.id, roleIds: [] }),
    ).rejects.toMatchObject(appCode('LAST_ADMIN'));
    await expect(stage.as(admin).member.remove({ communityId, userId: admin.id })).rejects.toMatchObject(
      appCode('LAST_ADMIN'),
    );
    expect(await isMember(admin)).toBe(true);
  });
});

describe('removing a member', () => {
  it('ends their recording and their calls, and tells them too', async () => {
    const sharer = await stage.createRecordedSharer(stage.server);
    const room = sharer.input.channelId;
    const { communityId: id } = await stage.db.channel.findUniqueOrThrow({ where: { id: room } });
    const boss = await stage.createUser(id, [...ACTIONS]);
    stage.livekit.publish(room, boss.id, {});
    const told = await stage.toldDuring(id, () =>
      stage.as(boss).member.remove({ communityId: id, userId: sharer.user.id }),
    );
    expect(told.toSorted()).toEqual([boss.id, sharer.user.id].toSorted());
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await stage.identitiesIn(room)).toEqual([boss.id]);
    expect(await stage.db.memberRole.count({ where: { userId: sharer.user.id } })).toBe(0);
  });

  it('is refused for members who may do more than the caller', async () => {
    const boss = await stage.createInstanceAdmin();
    await stage.db.communityMember.create({ data: { communityId, userId: boss.id } });
    const asHelper = stage.as(helper).member;
    for (const { id: userId } of [admin, boss])
      await expect(asHelper.remove({ communityId, userId })).rejects.toMatchObject(
        appCode('PERMISSION_DENIED'),
      );
    await asHelper.remove({ communityId, userId: member.id });
    expect(await isMember(member)).toBe(false);
  });
});
