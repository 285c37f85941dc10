import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { DAY, MINUTE } from '@hindsight/shared/units';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { AuthStatus, UserDto } from '@hindsight/shared/account/user';
import type { InjectOptions } from 'fastify';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from './testing/api-client.ts';
import { emptyLiveKit, idleRecorder } from './testing/ports.ts';
import { startTemporaryApp, type TemporaryApp } from './testing/temporary-app.ts';
import { readOrCreateSecret } from './auth/secret-file.ts';
import { createAttemptLimits } from './access/attempt-limits.ts';
import { createSessionTokens } from './auth/session-tokens.ts';
import type { LiveKit } from './voice/livekit.ts';

const PASSWORD = 'correct horse';

/** All tests that need no special configuration share this server. */
let shared: TemporaryApp;
let server: TemporaryApp;
let ada: ApiClient;
let account: { username: string; password: string };
let accountNumber = 0;

/** Starts a server for one test. */
async function start(environment: Record<string, string> = {}, livekit: LiveKit = emptyLiveKit) {
  server = await startTemporaryApp(environment, { livekit, recorder: idleRecorder });
  ada = createApiClient(server.origin);
}

async function firstChannel(client: ApiClient) {
  const [community] = await client.query<CommunityDto[]>('community.list');
  const channel = community?.channels.find(({ kind }) => kind === 'VOICE');
  if (community === undefined || channel === undefined) throw new Error('there is no channel');
  return { communityId: community.id, channelId: channel.id };
}

beforeAll(async () => {
  shared = await startTemporaryApp({}, { livekit: emptyLiveKit, recorder: idleRecorder });
});
afterAll(() => shared.remove());
beforeEach(() => {
  server = shared;
  ada = createApiClient(server.origin);
  account = { username: `ada${accountNumber++}`, password: PASSWORD };
});
afterEach(async () => {
  if (server !== shared) await server.remove();
});

describe('a session', () => {
  it('begins with registering, in a cookie that scripts can’t read', async () => {
    const response = await ada.fetch('/api/trpc/auth.status');
    expect(response.headers.getSetCookie()).toEqual([]);
    const { headers } = await server.app.http.inject({
      method: 'POST',
      url: '/api/trpc/auth.register',
      payload: account,
    });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^hindsight_session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(
        /^hindsight_device=[^;]+; Max-Age=31536000; Path=\/api\/trpc; HttpOnly; SameSite=Lax$/,
      ),
    ]);
  });

  it('has a Secure cookie when people use https', async () => {
    await start({ PUBLIC_URL: 'https://replay.example' });
    const { headers } = await server.app.http.inject({
      method: 'POST',
      url: '/api/trpc/auth.register',
      payload: account,
    });
    expect(headers['set-cookie']).toEqual([
      expect.stringContaining('; Secure'),
      expect.stringContaining('; Secure'),
    ]);
  });

  it('ends with signing out', async () => {
    const user = await ada.mutate<UserDto>('auth.register', account);
    expect(await ada.query<AuthStatus>('auth.status')).toMatchObject({ user });
    await ada.mutate('auth.logout');
    expect(await ada.query<AuthStatus>('auth.status')).toMatchObject({ user: null });
    await expect(ada.query('community.list')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      status: 401,
    });
    await ada.mutate('auth.login', account);
    expect(await ada.query<CommunityDto[]>('community.list')).toHaveLength(1);
  });

  it('survives a change of the password on this device, and ends on all others', async () => {
    await ada.mutate<UserDto>('auth.register', account);
    const phone = createApiClient(server.origin);
    await phone.mutate('auth.login', account);
    await ada.mutate('user.updatePassword', { current: PASSWORD, new: 'battery staple' });
    expect(await ada.query<CommunityDto[]>('community.list')).toHaveLength(1);
    await expect(phone.query('community.list')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await phone.mutate('auth.login', { ...account, password: 'battery staple' });
  });

  it('limits guesses of its password', async () => {
    await ada.mutate<UserDto>('auth.register', account);
    const guess = (current: string) => ada.mutate('user.updatePassword', { current, new: 'battery staple' });
    await expect(
      createApiClient(server.origin).mutate('user.updatePassword', {
        current: PASSWORD,
        new: 'battery staple',
      }),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(
      ada.mutate('user.updatePassword', { current: PASSWORD, new: 'short' }),
    ).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    for (let tries = 0; tries < 10; tries += 1)
      await expect(guess(`guess ${tries}`)).rejects.toMatchObject({ code: 'WRONG_PASSWORD', status: 403 });
    await expect(guess(PASSWORD)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('counts as not signed in once it is expired or invalid, and its cookie is cleared', async () => {
    const { id } = await ada.mutate<UserDto>('auth.register', account);
    const secret = await readOrCreateSecret(join(server.dataDir, 'jwt-secret'));
    const expired = await createSessionTokens({ secret }).mint(
      { userId: id, tokenVersion: 0 },
      Date.now() - 31 * DAY,
    );
    for (const token of [expired, 'garbage', '%00']) {
      const { statusCode, headers, body } = await server.app.http.inject({
        url: '/api/trpc/auth.status',
        headers: { cookie: `hindsight_session=${token}` },
      });
      expect(statusCode).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ result: { data: { user: null } } });
      expect(headers['set-cookie']).toMatch(/^hindsight_session=; .*Expires=Thu, 01 Jan 1970/);
    }
  });

  it('can be a Bearer token', async () => {
    const { id } = await ada.mutate<UserDto>('auth.register', account);
    const secret = await readOrCreateSecret(join(server.dataDir, 'jwt-secret'));
    const token = await createSessionTokens({ secret }).mint({ userId: id, tokenVersion: 0 });
    const { body } = await server.app.http.inject({
      url: '/api/trpc/auth.status',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(JSON.parse(body)).toMatchObject({ result: { data: { user: { id } } } });
  });

  it('is signed with a secret that only the server’s own account can read', async () => {
    expect((await stat(join(server.dataDir, 'jwt-secret'))).mode & 0o777).toBe(0o600);
  });
});

describe('guessing passwords', () => {
  it('is refused after ten failures; each call in a batch counts', async () => {
    await ada.mutate('auth.register', account);
    const guess = { ...account, password: 'wrong' };
    const names = Array.from({ length: 12 }, () => 'auth.login').join(',');
    const response = await ada.fetch(`/api/trpc/${names}?batch=1`, {
      method: 'POST',
      body: JSON.stringify(Object.fromEntries(Array.from({ length: 12 }, (_, n) => [n, guess]))),
    });
    const answers = (await response.json()) as { error: { data: { appCode: string } } }[];
    expect(answers.filter(({ error }) => error.data.appCode === 'INVALID_CREDENTIALS')).toHaveLength(10);
    expect(answers.filter(({ error }) => error.data.appCode === 'RATE_LIMITED')).toHaveLength(2);
    await expect(ada.mutate('auth.login', guess)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      status: 429,
    });
  });

  it('from one address locks the account out there alone', async () => {
    await start({ TRUST_PROXY: 'true' });
    await ada.mutate('auth.register', account);
    const signIn = async (from: string, password: string) => {
      const init = { method: 'POST', body: JSON.stringify({ ...account, password }) };
      const stranger = createApiClient(server.origin);
      const response = await stranger.fetch('/api/trpc/auth.login', {
        ...init,
        headers: { 'x-forwarded-for': from },
      });
      return response.status;
    };
    for (let tries = 0; tries < 10; tries += 1) expect(await signIn('10.0.0.1', 'wrong')).toBe(401);
    expect(await signIn('10.0.0.1', PASSWORD)).toBe(429);
    expect(await signIn('10.0.0.2', PASSWORD)).toBe(200);
  });

  it('from everywhere locks out new devices, but none on which the account signed in before', async () => {
    await start({ TRUST_PROXY: 'true' });
    await ada.mutate('auth.register', account);
    const bob = createApiClient(server.origin);
    await bob.mutate('auth.register', { username: 'bob', password: PASSWORD });
    const limits = createAttemptLimits({ db: server.app.database });
    const failures = limits('login-name', { max: 100, windowMs: MINUTE });
    for (let tries = 0; tries < 100; tries += 1) await failures.take(account.username);

    const refused = { code: 'RATE_LIMITED' };
    await expect(createApiClient(server.origin).mutate('auth.login', account)).rejects.toMatchObject(refused);
    await expect(bob.mutate('auth.login', account)).rejects.toMatchObject(refused);
    await ada.mutate('auth.logout');
    await ada.mutate('auth.login', account);
    expect(await ada.query<AuthStatus>('auth.status')).toMatchObject({
      user: { username: account.username },
    });
  });

  it('on a device that is known is limited there', async () => {
    await ada.mutate('auth.register', account);
    const guess = () => ada.mutate('auth.login', { ...account, password: 'wrong' });
    for (let tries = 0; tries < 10; tries += 1)
      await expect(guess()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    await expect(guess()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    // Others at the same address are not counted with it.
    await createApiClient(server.origin).mutate('auth.login', account);
  });
});

describe('voice', () => {
  it('gives members a token for the channel, and nobody else', async () => {
    const user = await ada.mutate<UserDto>('auth.register', account);
    const { channelId } = await firstChannel(ada);
    expect(await ada.mutate('voice.join', { channelId })).toEqual({
      url: '/',
      token: 'token',
      roomName: channelId,
      identity: user.id,
    });
    await expect(createApiClient(server.origin).mutate('voice.join', { channelId })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it.each(['0199e7a0-0000-7000-8000-00000000dead', '../../etc/passwd', ''])(
    'refuses the channel %j',
    async (channelId) => {
      await ada.mutate('auth.register', account);
      await expect(ada.mutate('voice.join', { channelId })).rejects.toMatchObject({
        code: channelId.startsWith('0199') ? 'NOT_FOUND' : 'VALIDATION_FAILED',
      });
    },
  );

  it('reports LiveKit as unavailable while it is down, and the rest of the server works', async () => {
    const down = () => Promise.reject(new AppError('LIVEKIT_UNAVAILABLE'));
    await start({}, { ...emptyLiveKit, participants: down, participant: down, rooms: down });
    await ada.mutate('auth.register', account);
    const { channelId, communityId } = await firstChannel(ada);
    await expect(ada.mutate('voice.join', { channelId })).rejects.toMatchObject({
      code: 'LIVEKIT_UNAVAILABLE',
      status: 503,
    });
    expect(await ada.query('voice.presence', { communityId })).toEqual([]);
    expect((await ada.fetch('/healthz')).status).toBe(200);
    const ready = await ada.fetch('/readyz');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ database: 'ok', livekit: 'unavailable' });
  });

  it('verifies webhooks with LiveKit’s key', async () => {
    const key = { LIVEKIT_API_KEY: 'key', LIVEKIT_API_SECRET: 'secretsecretsecretsecretsecretsecret' };
    await start(key);
    const body = JSON.stringify({ event: 'room_started', room: { name: 'x' } });
    const token = new AccessToken(key.LIVEKIT_API_KEY, key.LIVEKIT_API_SECRET);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
    token.sha256 = Buffer.from(digest).toString('base64');
    const send = async (authorization: string) =>
      server.app.http.inject({
        method: 'POST',
        url: '/api/livekit/webhook',
        payload: body,
        headers: { 'content-type': 'application/webhook+json', authorization },
      });
    expect((await send(await token.toJwt())).statusCode).toBe(200);
    expect((await send('garbage')).statusCode).toBe(401);
  });
});

describe('a server that is asked by another name', () => {
  it('makes no account, but tells that it is alive, and hears LiveKit', async () => {
    const headers = { host: 'evil.example', origin: 'http://evil.example' };
    const ask = (options: InjectOptions) => server.app.http.inject(options);
    const register = await ask({ method: 'POST', url: '/api/trpc/auth.register', payload: account, headers });
    expect(register.statusCode).toBe(421);
    expect(register.headers['set-cookie']).toBeUndefined();
    expect((await ask({ url: '/healthz', headers })).statusCode).toBe(200);
    expect((await ask({ url: '/readyz', headers })).statusCode).toBe(200);
    expect(
      (await ask({ method: 'POST', url: '/api/livekit/webhook', headers: { host: 'server.example' } }))
        .statusCode,
    ).toBe(401);
  });
});

describe('behind a reverse proxy', () => {
  it('counts wrong sign-ins by the address that the proxy saw, whatever the client wrote before it', async () => {
    await start({ TRUST_PROXY: 'true' });
    const guess = (index: number) =>
      ada.fetch('/api/trpc/auth.login', {
        method: 'POST',
        body: JSON.stringify({ username: `somebody${index}`, password: 'wrong' }),
        headers: { 'x-forwarded-for': `10.${index}.1.1, 127.0.0.1` },
      });
    for (const index of [1, 2, 3]) expect((await guess(index)).status).toBe(401);
    const ofAddress = { startsWith: 'login-address:' };
    const counts = await server.app.database.attemptCount.findMany({ where: { key: ofAddress } });
    expect(counts.map(({ count }) => count)).toEqual([3]);
  });
});

describe('shutting down', () => {
  it('does not wait for open subscriptions, and can be requested twice', async () => {
    await start();
    await ada.mutate('auth.register', account);
    const { communityId } = await firstChannel(ada);
    const subscription = ada.subscribe('voice.events', { communityId }, new AbortController().signal);
    expect(await subscription.next()).toEqual({ done: false, value: [] });
    await Promise.all([server.app.close(), server.app.close()]);
    await expect(ada.query('auth.status')).rejects.toThrow('fetch failed');
    await subscription.next().catch(() => undefined);
  });
});
