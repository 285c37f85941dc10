import { randomUUID } from 'node:crypto';
import { ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import { MAX_ROLES } from '@hindsight/shared/community/role';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openRolesStage, type RolesStage } from './testing/stage.ts';

const HELPER: Action[] = ['MANAGE_ROLES', 'CONNECT', 'SEND_MESSAGES'];

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

const roleOf = ({ username }: SignedInUser) =>
  stage.db.role.findFirstOrThrow({ where: { communityId, name: username } });
const code = (name: string) => expect.objectContaining({ code: name });
const appCode = (name: string) => ({ cause: code(name) });

describe('each procedure', () => {
  const procedures: [string, (user: SignedInUser, roleId: string) => Promise<unknown>, boolean][] = [
    ['list', (user) => stage.as(user).role.list({ communityId }), true],
    ['create', (user) => stage.as(user).role.create({ communityId, name: 'New', actions: [] }), false],
    ['update', (user, roleId) => stage.as(user).role.update({ roleId, name: 'Renamed' }), false],
    ['remove', (user, roleId) => stage.as(user).role.remove({ roleId }), false],
  ];

  it.each(procedures)(
    '%s: is refused to outsiders, and changes need MANAGE_ROLES',
    async (_, call, isOpen) => {
      const roleId = await stage.addRole(communityId, { name: 'Guest', actions: ['CONNECT'] });
      await expect(call(outsider, roleId)).rejects.toMatchObject(appCode('NOT_FOUND'));
      if (isOpen) await expect(call(member, roleId)).resolves.toBeDefined();
      else await expect(call(member, roleId)).rejects.toMatchObject(appCode('PERMISSION_DENIED'));
      await expect(call(admin, roleId)).resolves.toBeDefined();
    },
  );

  it('answers alike for unknown roles', async () => {
    const roleId = randomUUID();
    const { role } = stage.as(admin);
    await expect(role.update({ roleId, name: 'x' })).rejects.toMatchObject(appCode('NOT_FOUND'));
    await expect(role.remove({ roleId })).rejects.toMatchObject(appCode('NOT_FOUND'));
  });
});

describe('roles', () => {
  it('are listed with the most powerful first, and how many members have them', async () => {
    const roles = await stage.as(member).role.list({ communityId });
    expect(roles.map(({ name, memberCount }) => [name, memberCount])).toEqual([
      [admin.username, 1],
      [helper.username, 1],
      [member.username, 1],
    ]);
    expect(roles[1]?.actions).toEqual(expect.arrayContaining(HELPER));
  });

  it('are made and changed, each action once, and every member is told', async () => {
    const { role } = stage.as(admin);
    const told = await stage.toldDuring(communityId, async () => {
      const made = await role.create({ communityId, name: ' Guest ', actions: ['CONNECT', 'CONNECT'] });
      expect(made).toMatchObject({ name: 'Guest', actions: ['CONNECT'], isDefault: false, memberCount: 0 });
      const changed = await role.update({ roleId: made.id, actions: ['SHARE_SCREEN'] });
      expect(changed).toMatchObject({ name: 'Guest', actions: ['SHARE_SCREEN'] });
      expect(await role.update({ roleId: made.id, name: 'guest' })).toMatchObject({ name: 'guest' });
    });
    expect(told).toHaveLength(3 * 3);
    expect(told).toEqual(expect.arrayContaining([admin.id, helper.id, member.id]));
  });

  it('have unique names, in any case', async () => {
    const { role } = stage.as(admin);
    const { id: roleId } = await role.create({ communityId, name: 'Guest', actions: [] });
    await expect(role.create({ communityId, name: 'GUEST', actions: [] })).rejects.toMatchObject(
      appCode('NAME_TAKEN'),
    );
    await role.create({ communityId, name: 'Other', actions: [] });
    await expect(role.update({ roleId, name: 'other' })).rejects.toMatchObject(appCode('NAME_TAKEN'));
  });

  it('are limited in number', async () => {
    await stage.db.role.createMany({
      data: Array.from({ length: MAX_ROLES - 3 }, (_, i) => ({ communityId, name: `r${i}`, actions: [] })),
    });
    await expect(
      stage.as(admin).role.create({ communityId, name: 'One more', actions: [] }),
    ).rejects.toMatchObject(appCode('VALIDATION_FAILED'));
  });

  it('are taken from everybody when removed, and the default role can’t be removed', async () => {
    const guest = await stage.addRole(communityId, { name: 'G', actions: [], userId: member.id });
    const given = await stage.addRole(communityId, { name: 'D', actions: [], isDefault: true });
    const { role } = stage.as(admin);
    await role.remove({ roleId: guest });
    expect(await stage.db.memberRole.count({ where: { roleId: guest } })).toBe(0);
    await expect(role.remove({ roleId: given })).rejects.toMatchObject(appCode('ROLE_IS_DEFAULT'));
  });
});

describe('managing roles', () => {
  it('refuses to grant what the caller may not do', async () => {
    const { role } = stage.as(helper);
    await expect(
      role.create({ communityId, name: 'Strong', actions: ['MANAGE_COMMUNITY'] }),
    ).rejects.toMatchObject(appCode('PERMISSION_DENIED'));
    const { id: own } = await roleOf(helper);
    await expect(role.update({ roleId: own, actions: [...ACTIONS] })).rejects.toMatchObject(
      appCode('PERMISSION_DENIED'),
    );
    await expect(role.create({ communityId, name: 'Weak', actions: ['CONNECT'] })).resolves.toBeDefined();
  });

  it('refuses to change, rename or remove a stronger role', async () => {
    const { role } = stage.as(helper);
    const { id: roleId } = await roleOf(admin);
    for (const attempt of [
      () => role.update({ roleId, name: 'Weak' }),
      () => role.update({ roleId, actions: [] }),
      () => role.remove({ roleId }),
    ])
      await expect(attempt()).rejects.toMatchObject(appCode('PERMISSION_DENIED'));
  });

  it('allows an instance admin everything as a member, and nothing otherwise', async () => {
    const boss = await stage.createInstanceAdmin();
    const { id: roleId } = await roleOf(admin);
    await expect(stage.as(boss).role.update({ roleId, name: 'Lead' })).rejects.toMatchObject(
      appCode('NOT_FOUND'),
    );
    await stage.db.communityMember.create({ data: { communityId, userId: boss.id } });
    await expect(stage.as(boss).role.update({ roleId, name: 'Lead' })).resolves.toMatchObject({
      name: 'Lead',
    });
  });
});

describe('a community keeps somebody who can manage it', () => {
  it('whatever happens to its last powerful role', async () => {
    const { role } = stage.as(admin);
    const { id: roleId } = await roleOf(admin);
    const withoutRoles = ACTIONS.filter((action) => action !== 'MANAGE_ROLES');
    await expect(role.update({ roleId, actions: withoutRoles })).rejects.toMatchObject(appCode('LAST_ADMIN'));
    await expect(role.remove({ roleId })).rejects.toMatchObject(appCode('LAST_ADMIN'));
    expect((await roleOf(admin)).actions).toEqual([...ACTIONS]);
  });

  it('also when two give up their roles at the same moment', async () => {
    const other = await stage.createUser(communityId, [...ACTIONS]);
    const attempts = await Promise.allSettled(
      [admin, other].map(async (user) => stage.as(user).role.remove({ roleId: (await roleOf(user)).id })),
    );
    expect(attempts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a role that no longer allows recording', () => {
  it('ends the recordings of those who have no other role that allows it', async () => {
    const sharer = await stage.createRecordedSharer(stage.server);
    const { communityId: id } = await stage.db.channel.findUniqueOrThrow({
      where: { id: sharer.input.channelId },
    });
    const boss = await stage.createUser(id, [...ACTIONS]);
    const { id: roleId } = await stage.db.role.findFirstOrThrow({
      where: { communityId: id, name: sharer.user.username },
    });
    await stage.addRole(id, { name: 'Also', actions: ['ENABLE_REPLAY_BUFFER'], userId: sharer.user.id });
    const { role } = stage.as(boss);
    await role.update({ roleId, actions: ['CONNECT', 'SHARE_SCREEN'] });
    expect(await stage.statesOf(sharer.user)).toEqual([['ACTIVE', null]]);

    const also = await stage.db.role.findFirstOrThrow({ where: { communityId: id, name: 'Also' } });
    await role.remove({ roleId: also.id });
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(stage.server.recorder.recording).not.toContain(sharer.id);
  });
});
