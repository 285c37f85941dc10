import { ACTIONS } from '@hindsight/shared/community/permissions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import { openAdminStage, type AdminStage } from './testing/stage.ts';

let stage: AdminStage;
beforeAll(async () => {
  stage = await openAdminStage();
});
afterAll(() => stage.close());

/** Makes a community with a recorded sharer, its manager's procedures, and its default role. */
async function recordingCommunity() {
  const sharer = await stage.createRecordedSharer(stage.server);
  const { communityId, id: channelId } = await stage.db.channel.findUniqueOrThrow({
    where: { id: sharer.input.channelId },
  });
  const manager = await stage.createUser(communityId, [...ACTIONS]);
  const roleId = await stage.addRole(communityId, {
    name: 'Member',
    actions: ['SEND_MESSAGES', 'CONNECT'],
    isDefault: true,
  });
  const { communityReplay } = stage.asAdmin(manager);
  return { sharer, communityId, channelId, manager, roleId, communityReplay };
}

const start = async (community: { communityId: string; channelId: string }) => {
  const { user, input } = await stage.createSharer({ ...community, id: community.communityId });
  return refusal(stage.server.recording.sessions.start(user, input));
};

describe('the replay settings of a community', () => {
  it('show what is allowed and how many are recorded now', async () => {
    const { communityReplay, communityId } = await recordingCommunity();
    expect(await communityReplay.get({ communityId })).toEqual({
      communityId,
      enabled: true,
      maxConcurrent: 5,
      membersMayReplay: false,
      allowsVoices: true,
      runningCount: 1,
    });
  });

  it('forbid that voices are kept, which all members hear, and end no recording', async () => {
    const { communityReplay, communityId, sharer, manager } = await recordingCommunity();
    const told = await stage.toldDuring(communityId, async () => {
      const changed = await communityReplay.update({ communityId, allowsVoices: false });
      expect(changed).toMatchObject({ allowsVoices: false, enabled: true, runningCount: 1 });
    });
    expect(told.toSorted()).toEqual([manager.id, sharer.user.id].toSorted());
    expect(await communityReplay.update({ communityId, maxConcurrent: 3 })).toMatchObject({
      allowsVoices: false,
    });
  });

  it('with a lower limit end no recording, and apply to the next start', async () => {
    const community = await recordingCommunity();
    const { communityReplay, communityId } = community;
    const changed = await communityReplay.update({ communityId, maxConcurrent: 0 });
    expect(changed).toMatchObject({ maxConcurrent: 0, runningCount: 1 });
    expect(await start(community)).toBe('COMMUNITY_LIMIT_REACHED');
    await communityReplay.update({ communityId, maxConcurrent: 2 });
    expect(await start(community)).toBeNull();
    expect(await start(community)).toBe('COMMUNITY_LIMIT_REACHED');
  });

  it.each([-1, 101, 1.5])('refuse a limit of %d', async (maxConcurrent) => {
    const { communityReplay, communityId } = await recordingCommunity();
    await expect(communityReplay.update({ communityId, maxConcurrent })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('end running recordings when replay is switched off, with that reason, and refuse new ones', async () => {
    const community = await recordingCommunity();
    const { communityReplay, communityId, sharer, manager } = community;
    const told = await stage.toldDuring(communityId, async () => {
      const changed = await communityReplay.update({ communityId, enabled: false });
      expect(changed).toMatchObject({ enabled: false, maxConcurrent: 5, runningCount: 0 });
    });
    expect(told.toSorted()).toEqual([manager.id, sharer.user.id].toSorted());
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await start(community)).toBe('REPLAY_DISABLED');
  });

  it('end a recording that starts while replay is being switched off', async () => {
    const community = await recordingCommunity();
    const { communityReplay, communityId } = community;
    await Promise.all([
      communityReplay.update({ communityId, enabled: false }),
      ...Array.from({ length: 4 }, () => start(community)),
    ]);
    await stage.enforcement.sweep(new AbortController().signal);
    expect(await communityReplay.get({ communityId })).toMatchObject({ enabled: false, runningCount: 0 });
  });

  it('grant the two replay actions to the default role and take them away, without changing its other actions', async () => {
    const { communityReplay, communityId, roleId } = await recordingCommunity();
    const actions = async () => (await stage.db.role.findUniqueOrThrow({ where: { id: roleId } })).actions;
    const given = await communityReplay.update({ communityId, membersMayReplay: true });
    expect(given.membersMayReplay).toBe(true);
    expect(await actions()).toEqual(['SEND_MESSAGES', 'CONNECT', 'ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY']);
    const taken = await communityReplay.update({ communityId, membersMayReplay: false });
    expect(taken.membersMayReplay).toBe(false);
    expect(await actions()).toEqual(['SEND_MESSAGES', 'CONNECT']);
  });

  it('end the recording of a member who could record only through the default role', async () => {
    const { communityReplay, communityId, sharer, roleId } = await recordingCommunity();
    await communityReplay.update({ communityId, membersMayReplay: true });
    await stage.db.memberRole.deleteMany({ where: { userId: sharer.user.id } });
    await stage.db.memberRole.create({ data: { communityId, userId: sharer.user.id, roleId } });
    await communityReplay.update({ communityId, maxConcurrent: 4 });
    expect(await stage.statesOf(sharer.user)).toEqual([['ACTIVE', null]]);
    await communityReplay.update({ communityId, membersMayReplay: false });
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
  });
});
