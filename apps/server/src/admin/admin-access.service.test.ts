import { randomUUID } from 'node:crypto';
import { ACTIONS } from '@hindsight/shared/community/permissions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openAdminStage, type AdminStage } from './testing/stage.ts';

type Caller = ReturnType<AdminStage['asAdmin']>;

let stage: AdminStage;
let communityId: string;
let sessionId: string;
/** This user is an instance admin in no community. */
let boss: SignedInUser;
/** This member may manage the community's replay buffer. */
let manager: SignedInUser;
let member: SignedInUser;
/** This member manages another community. */
let outsider: SignedInUser;

beforeAll(async () => {
  stage = await openAdminStage();
  const community = await stage.createCommunity();
  communityId = community.id;
  const { user, input } = await stage.createSharer(community);
  ({ id: sessionId } = await stage.server.recording.sessions.start(user, input));
  await stage.addRole(communityId, { name: 'Member', actions: ['CONNECT', 'SHARE_SCREEN'], isDefault: true });
  boss = await stage.createInstanceAdmin();
  manager = await stage.createUser(communityId, [...ACTIONS]);
  member = await stage.createUser(communityId, ['CONNECT', 'MANAGE_COMMUNITY']);
  outsider = await stage.createUser((await stage.createCommunity()).id, [...ACTIONS]);
});
afterAll(() => stage.close());

const refusedWith = (code: string) => ({ cause: expect.objectContaining({ code }) });

describe('procedures for a community', () => {
  const procedures: [string, (call: Caller) => Promise<unknown>][] = [
    ['communityReplay.get', (call) => call.communityReplay.get({ communityId })],
    ['communityReplay.update', (call) => call.communityReplay.update({ communityId, maxConcurrent: 7 })],
    ['session.list of it', (call) => call.session.list({ communityId })],
  ];

  it.each(procedures)('%s: is for its replay managers and instance admins', async (_name, call) => {
    await expect(call(stage.asAdmin(outsider))).rejects.toMatchObject(refusedWith('NOT_FOUND'));
    await expect(call(stage.asAdmin(member))).rejects.toMatchObject(refusedWith('PERMISSION_DENIED'));
    await expect(call(stage.asAdmin(manager))).resolves.toBeDefined();
    await expect(call(stage.asAdmin(boss))).resolves.toBeDefined();
  });

  it('session.stop: is for its replay managers and instance admins, when the recording runs', async () => {
    const stop = (user: SignedInUser) => stage.asAdmin(user).session.stop({ sessionId });
    await expect(stop(outsider)).rejects.toMatchObject(refusedWith('NOT_FOUND'));
    await expect(stop(member)).rejects.toMatchObject(refusedWith('PERMISSION_DENIED'));
    await expect(stop(manager)).resolves.toEqual({});
    await expect(stop(boss)).rejects.toMatchObject(refusedWith('SESSION_NOT_ACTIVE'));
  });

  it('answers NOT_FOUND for what does not exist, also to instance admins', async () => {
    const call = stage.asAdmin(boss);
    const unknown = { communityId: randomUUID() };
    await expect(call.communityReplay.get(unknown)).rejects.toMatchObject(refusedWith('NOT_FOUND'));
    await expect(call.session.list(unknown)).rejects.toMatchObject(refusedWith('NOT_FOUND'));
    await expect(call.session.stop({ sessionId: randomUUID() })).rejects.toMatchObject(
      refusedWith('NOT_FOUND'),
    );
  });

  it('lets members record only when the caller may record', async () => {
    const limiter = await stage.createUser(communityId, ['MANAGE_REPLAY_LIMITS']);
    const call = stage.asAdmin(limiter).communityReplay;
    await expect(call.update({ communityId, membersMayReplay: true })).rejects.toMatchObject(
      refusedWith('PERMISSION_DENIED'),
    );
    await expect(call.update({ communityId, maxConcurrent: 3 })).resolves.toMatchObject({
      maxConcurrent: 3,
      membersMayReplay: false,
    });
  });
});

describe('procedures for the instance', () => {
  const procedures: [string, (call: Caller) => Promise<unknown>][] = [
    ['session.list of everything', (call) => call.session.list({})],
    ['userQuota.get', (call) => call.userQuota.get({ userId: member.id })],
    ['userQuota.update', (call) => call.userQuota.update({ userId: member.id, quotaBytes: 5 })],
    ['userQuota.list', (call) => call.userQuota.list({})],
    ['user.list', (call) => call.user.list({})],
    ['community.list', (call) => call.community.list({})],
    ['settings.get', (call) => call.settings.get()],
    ['settings.update', (call) => call.settings.update({ registrationMode: 'OPEN' })],
  ];

  it.each(procedures)('%s: is for instance admins only', async (_name, call) => {
    for (const user of [outsider, member, manager])
      await expect(call(stage.asAdmin(user))).rejects.toMatchObject(refusedWith('PERMISSION_DENIED'));
    await expect(call(stage.asAdmin(boss))).resolves.toBeDefined();
  });

  it('shows nobody else which accounts exist', async () => {
    for (const userId of [member.id, randomUUID()])
      await expect(stage.asAdmin(manager).userQuota.get({ userId })).rejects.toMatchObject(
        refusedWith('PERMISSION_DENIED'),
      );
  });
});
