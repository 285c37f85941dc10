import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { GiB } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCommunities } from '../communities/communities.service.ts';
import { createCommunityNews } from '../communities/community-news.ts';
import { insertCommunity } from '../communities/new-community.ts';
import { createAppEvents } from '../events/events.ts';
import { createAccounts, type Accounts } from './accounts.service.ts';
import { startPasswords, type Passwords } from './passwords.ts';
import { createSessionTokens } from './session-tokens.ts';

const PASSWORD = 'correct horse';

let database: Database;
let passwords: Passwords;
let accounts: Accounts;
/** These passwords have been hashed for new accounts. */
let hashed: string[];

beforeAll(async () => {
  database = await openTestDatabase();
  passwords = startPasswords();
});
afterAll(() => Promise.all([passwords.close(), database.close()]));
beforeEach(async () => {
  await database.client.community.deleteMany();
  await database.client.user.deleteMany();
  await database.client.instanceSettings.deleteMany();
  hashed = [];
  const events = createAppEvents();
  accounts = createAccounts({
    db: database.client,
    tokens: createSessionTokens({ secret: 'x'.repeat(32) }),
    passwords: {
      isRight: passwords.isRight,
      hash(password) {
        hashed.push(password);
        return passwords.hash(password);
      },
    },
    defaultQuotaBytes: 3 * GiB,
    news: createCommunityNews({ db: database.client, events }),
    events,
  });
});

function communitiesOf(user: { id: string; username: string; isInstanceAdmin: boolean }) {
  const db = database.client;
  return createCommunities({ db }).list(user);
}

describe('the first account', () => {
  it('becomes admin of the instance and gets a community with a voice and a text channel', async () => {
    expect(await accounts.status(null)).toEqual({ user: null, isFirstAccount: true, registration: 'open' });
    const { user } = await accounts.register({ username: 'Ada', password: PASSWORD });
    expect(user).toMatchObject({ username: 'Ada', isInstanceAdmin: true });
    const [community, ...others] = await communitiesOf(user);
    expect(others).toEqual([]);
    expect(community).toMatchObject({
      name: 'Home',
      isReplayEnabled: true,
    });
    expect(community?.channels.map(({ name, kind }) => `${name} ${kind}`).toSorted()).toEqual([
      'Lounge VOICE',
      'general TEXT',
    ]);
    expect(community?.actions).toContain('MANAGE_REPLAY_LIMITS');
    expect(await accounts.status(user)).toMatchObject({ user, isFirstAccount: false });
  });

  it('is exactly one when several register at once', async () => {
    const names = ['ada', 'bob', 'cleo', 'dan'];
    const signIns = await Promise.all(
      names.map((username) => accounts.register({ username, password: PASSWORD })),
    );
    expect(signIns.filter(({ user }) => user.isInstanceAdmin)).toHaveLength(1);
    expect(await database.client.community.count()).toBe(1);
    expect(await database.client.communityMember.count()).toBe(names.length);
  });
});

describe('later accounts', () => {
  it('join the first community and may use the replay buffer there, but not manage it', async () => {
    await accounts.register({ username: 'ada', password: PASSWORD });
    const { user } = await accounts.register({ username: 'bob', password: PASSWORD });
    expect(user.isInstanceAdmin).toBe(false);
    const [community] = await communitiesOf(user);
    expect(community?.actions.toSorted()).toEqual([
      'CAPTURE_REPLAY',
      'CONNECT',
      'ENABLE_REPLAY_BUFFER',
      'SEND_MESSAGES',
      'SHARE_SCREEN',
    ]);
  });

  it('get the configured quota', async () => {
    const { user } = await accounts.register({ username: 'ada', password: PASSWORD });
    const quota = await database.client.userReplayQuota.findUniqueOrThrow({ where: { userId: user.id } });
    expect(quota.quotaBytes).toBe(BigInt(3 * GiB));
  });

  it.each(['ada', 'ADA', 'ＡＤＡ'])('cannot take the name of Ada as %s', async (username) => {
    await accounts.register({ username: 'Ada', password: PASSWORD });
    await expect(accounts.register({ username, password: PASSWORD })).rejects.toMatchObject({
      code: 'USERNAME_TAKEN',
    });
    expect(await database.client.user.count()).toBe(1);
  });

  it.each([
    ['boss', 'BОSS', 'a Cyrillic О'],
    ['paul', 'pau1', 'a digit'],
    ['modern', 'modem', 'rn and m'],
    ['Bill', 'BiII', 'large I'],
    ['BOSS', 'B0SS', 'a zero among capitals'],
    ['boss', 'Ƅoss', 'a capital tone six'],
    ['åda', 'a\u030Adа', 'a combining ring and a Cyrillic а'],
  ])('cannot take a name that looks like %s: %s (%s)', async (name, username) => {
    await accounts.register({ username: name, password: PASSWORD });
    await expect(accounts.register({ username, password: PASSWORD })).rejects.toMatchObject({
      code: 'USERNAME_TAKEN',
      detail: 'It looks like the name of somebody here.',
    });
  });

  it('cannot take a name that looks like that of an account of an earlier release', async () => {
    await accounts.register({ username: 'boss', password: PASSWORD });
    await accounts.register({ username: 'Bill', password: PASSWORD });
    // One is of a release that kept no skeletons, the other of one that kept those of keys.
    await database.client.user.updateMany({ data: { shownSkeleton: null } });
    await database.client.user.updateMany({
      where: { username: 'boss' },
      data: { usernameSkeleton: null },
    });
    for (const username of ['bоss', 'BiII'])
      await expect(accounts.register({ username, password: PASSWORD })).rejects.toMatchObject({
        code: 'USERNAME_TAKEN',
      });
    const { user } = await accounts.register({ username: 'bob', password: PASSWORD });
    expect(user.username).toBe('bob');
    const without = { OR: [{ usernameSkeleton: null }, { shownSkeleton: null }] };
    expect(await database.client.user.count({ where: without })).toBe(0);
  });

  it('can have names that only share letters', async () => {
    // Lan isn't lan, which would look like Ian.
    for (const username of ['ada', 'adam', 'dada', 'a.da', 'Łada', 'Ian', 'Lan'])
      await accounts.register({ username, password: PASSWORD });
    expect(await database.client.user.count()).toBe(7);
  });

  it('cannot register one name twice at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => accounts.register({ username: 'ada', password: PASSWORD })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'USERNAME_TAKEN' });
  });

  it('are refused when registration is closed, except for the first one', async () => {
    await database.client.instanceSettings.create({ data: { id: 1, registrationMode: 'CLOSED' } });
    await accounts.register({ username: 'ada', password: PASSWORD });
    await expect(accounts.register({ username: 'bob', password: PASSWORD })).rejects.toMatchObject({
      code: 'REGISTRATION_CLOSED',
    });
    expect((await accounts.status(null)).registration).toBe('closed');
  });
});

describe('an account made with an invite', () => {
  /** Makes a second community, and an invite to it. */
  async function foundSecond(limits: { maxUses?: number } = {}) {
    const db = database.client;
    const { user } = await accounts.register({ username: 'ada', password: PASSWORD });
    const communityId = await db.$transaction((tx) =>
      insertCommunity(tx, { name: 'Harbour', adminId: user.id, membersMayReplay: false }),
    );
    const { code } = await db.communityInvite.create({
      data: { communityId, code: 'a-code-of-ours', ...limits },
    });
    return code;
  }
  const setMode = (registrationMode: 'OPEN' | 'INVITE' | 'CLOSED') =>
    database.client.instanceSettings.update({ where: { id: 1 }, data: { registrationMode } });
  const register = (username: string, inviteCode?: string) =>
    accounts.register({ username, password: PASSWORD, ...(inviteCode === undefined ? {} : { inviteCode }) });

  it.each(['OPEN', 'INVITE'] as const)('starts only in the invite’s community (%s)', async (mode) => {
    const code = await foundSecond();
    await setMode(mode);
    const { user } = await register('bob', code);
    expect((await communitiesOf(user)).map(({ name }) => name)).toEqual(['Harbour']);
  });

  it('is possible when registration needs an invite', async () => {
    await foundSecond();
    await setMode('INVITE');
    await expect(register('bob')).rejects.toMatchObject({ code: 'REGISTRATION_CLOSED' });
    expect((await accounts.status(null)).registration).toBe('invite');
  });

  it('is refused when registration is closed', async () => {
    const code = await foundSecond();
    await setMode('CLOSED');
    await expect(register('bob', code)).rejects.toMatchObject({ code: 'REGISTRATION_CLOSED' });
  });

  it.each(['OPEN', 'INVITE'] as const)('is not made when the invite does not work (%s)', async (mode) => {
    await foundSecond();
    await setMode(mode);
    await expect(register('bob', 'another-code')).rejects.toMatchObject({ code: 'INVITE_INVALID' });
    expect(await database.client.user.count()).toBe(1);
  });

  it('uses the invite once, and not at all when the name is taken', async () => {
    const code = await foundSecond({ maxUses: 1 });
    await expect(register('ADA', code)).rejects.toMatchObject({ code: 'USERNAME_TAKEN' });
    const results = await Promise.allSettled(['bob', 'cleo', 'dan'].map((name) => register(name, code)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await database.client.user.count()).toBe(2);
  });
});

describe('an account that cannot be made', () => {
  const refused = { password: 'hashed for nothing' };

  it.each([
    ['a taken name', { ...refused, username: 'ADA' }, 'USERNAME_TAKEN'],
    [
      'an invite that does not work',
      { ...refused, username: 'bob', inviteCode: 'no-such-code' },
      'INVITE_INVALID',
    ],
  ])('costs no hash with %s', async (_name, input, code) => {
    await accounts.register({ username: 'ada', password: PASSWORD });
    await expect(accounts.register(input)).rejects.toMatchObject({ code });
    expect(hashed).toEqual([PASSWORD]);
  });

  it('costs no hash when registration is closed', async () => {
    await accounts.register({ username: 'ada', password: PASSWORD });
    await database.client.instanceSettings.update({ where: { id: 1 }, data: { registrationMode: 'CLOSED' } });
    await expect(accounts.register({ ...refused, username: 'bob' })).rejects.toMatchObject({
      code: 'REGISTRATION_CLOSED',
    });
    expect(hashed).toEqual([PASSWORD]);
  });
});

describe('signing in', () => {
  it('works with the name in any case, with a token for the account', async () => {
    const { user } = await accounts.register({ username: 'Ada', password: PASSWORD });
    const { token } = await accounts.login({ username: ' aDA ', password: PASSWORD });
    expect(await accounts.authenticate(token)).toEqual({
      id: user.id,
      username: 'Ada',
      isInstanceAdmin: true,
    });
  });

  it('gives the same error for a wrong password and an unknown name', async () => {
    await accounts.register({ username: 'ada', password: PASSWORD });
    for (const input of [
      { username: 'ada', password: 'wrong password' },
      { username: 'nobody', password: PASSWORD },
      { username: '', password: '' },
    ])
      await expect(accounts.login(input)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it('never stores the password itself', async () => {
    await accounts.register({ username: 'ada', password: PASSWORD });
    const { passwordHash } = await database.client.user.findUniqueOrThrow({ where: { usernameKey: 'ada' } });
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('a token', () => {
  it('is invalid after signing out, on every device; signing in again gives a valid one', async () => {
    const { user, token } = await accounts.register({ username: 'ada', password: PASSWORD });
    const { token: otherDevice } = await accounts.login({ username: 'ada', password: PASSWORD });
    await accounts.logout(user, { revokeKeys: false });
    expect(await accounts.authenticate(token)).toBeNull();
    expect(await accounts.authenticate(otherDevice)).toBeNull();
    const { token: fresh } = await accounts.login({ username: 'ada', password: PASSWORD });
    expect(await accounts.authenticate(fresh)).not.toBeNull();
  });

  it('is invalid when its account is deleted', async () => {
    const { user, token } = await accounts.register({ username: 'ada', password: PASSWORD });
    await database.client.user.delete({ where: { id: user.id } });
    expect(await accounts.authenticate(token)).toBeNull();
  });
});

describe('a new password', () => {
  it('replaces the old one and signs out every device, except with the new token', async () => {
    const { user, token } = await accounts.register({ username: 'ada', password: PASSWORD });
    const fresh = await accounts.updatePassword(user, {
      current: PASSWORD,
      new: 'battery staple',
      revokeKeys: false,
    });
    expect(await accounts.authenticate(token)).toBeNull();
    expect(await accounts.authenticate(fresh.token)).toMatchObject({ id: user.id });
    await expect(accounts.login({ username: 'ada', password: PASSWORD })).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    const { user: sameUser } = await accounts.login({ username: 'ada', password: 'battery staple' });
    expect(sameUser.id).toBe(user.id);
  });

  it('is refused without the current one, and then changes nothing', async () => {
    const { user, token } = await accounts.register({ username: 'ada', password: PASSWORD });
    await expect(
      accounts.updatePassword(user, {
        current: 'wrong password',
        new: 'battery staple',
        revokeKeys: false,
      }),
    ).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    expect(await accounts.authenticate(token)).not.toBeNull();
    expect((await accounts.login({ username: 'ada', password: PASSWORD })).user.id).toBe(user.id);
  });
});
