import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccess, type Access } from './access.service.ts';

const UNKNOWN_ID = '0199e7a0-0000-7000-8000-00000000dead';

let database: Database;
let access: Access;
let channel: { id: string; name: string; kind: 'VOICE'; communityId: string };

beforeAll(async () => {
  database = await openTestDatabase();
  access = createAccess({ db: database.client });
  const community = await database.client.community.create({ data: { name: 'Home' } });
  const { id } = await database.client.channel.create({
    data: { communityId: community.id, name: 'Lounge', kind: 'VOICE' },
  });
  channel = { id, name: 'Lounge', kind: 'VOICE', communityId: community.id };
});
afterAll(() => database.close());

/** This is an account with roles in the community; with null, it is not a member. */
async function user(username: string, roles: Action[][] | null, isInstanceAdmin = false) {
  const db = database.client;
  const row = await db.user.create({
    data: { username, usernameKey: username, passwordHash: '', isInstanceAdmin },
  });
  if (roles !== null) {
    const { communityId } = channel;
    await db.communityMember.create({ data: { communityId, userId: row.id } });
    for (const [index, actions] of roles.entries()) {
      const role = await db.role.create({ data: { communityId, name: `${username} ${index}`, actions } });
      await db.memberRole.create({ data: { communityId, userId: row.id, roleId: role.id } });
    }
  }
  return { id: row.id, username, isInstanceAdmin };
}

describe('access to a channel', () => {
  it('gives a member the union of their roles', async () => {
    const ada = await user('ada', [['CONNECT', 'CAPTURE_REPLAY'], ['CONNECT', 'SHARE_SCREEN'], []]);
    const result = await access.requireChannel(ada, channel.id, 'SHARE_SCREEN');
    expect(result.channel).toEqual(channel);
    expect(result.actions.toSorted()).toEqual(['CAPTURE_REPLAY', 'CONNECT', 'SHARE_SCREEN']);
  });

  it('refuses an action that no role allows', async () => {
    const bob = await user('bob', [['CONNECT']]);
    await expect(access.requireChannel(bob, channel.id, 'CAPTURE_REPLAY')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(access.requireCommunity(bob, channel.communityId, 'MANAGE_COMMUNITY')).rejects.toMatchObject(
      { code: 'PERMISSION_DENIED' },
    );
  });

  it('does not show a stranger whether the channel exists, not even an instance admin', async () => {
    const stranger = await user('stranger', null);
    const admin = await user('admin', null, true);
    for (const somebody of [stranger, admin])
      for (const id of [channel.id, UNKNOWN_ID])
        await expect(access.requireChannel(somebody, id, 'CONNECT')).rejects.toMatchObject({
          code: 'NOT_FOUND',
        });
    await expect(access.requireCommunity(stranger, channel.communityId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('gives an instance admin everything where they are a member', async () => {
    const admin = await user('member admin', [], true);
    expect((await access.requireChannel(admin, channel.id)).actions).toEqual([...ACTIONS]);
  });
});
