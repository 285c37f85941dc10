import type { ClipDto, ClipList } from '@hindsight/shared/clips/clip';
import type {
  CreatedProgramKey,
  ProgramKeyDto,
  ProgramKeyScope,
} from '@hindsight/shared/account/program-key';
import type { CaptureResult, MyReplay } from '@hindsight/shared/replay/replay';
import { HOUR, SECOND } from '@hindsight/shared/units';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAppRouter, type RouterServices } from './app-router.ts';
import { addRoutes, type RouteServices } from './app-routes.ts';
import { loadConfig } from './config.ts';
import { createApiClient, type ApiClient } from './testing/api-client.ts';
import { addShare, makeKey, PASSWORD } from './testing/sharing-people.ts';
import { openBufferedPeople, type BufferedPeople, type Visitor } from './testing/buffered-people.ts';

const SCOPES: readonly ProgramKeyScope[] = ['PRESS', 'READ'];

/** All that keys may do. Whatever isn't here is closed to them, also what is added later. */
const PROCEDURES: Record<ProgramKeyScope, readonly string[]> = {
  PRESS: ['marker.create', 'replay.capture', 'replay.mine'],
  READ: ['clip.get', 'clip.list'],
};
const ROUTES: Record<ProgramKeyScope, readonly string[]> = {
  PRESS: [
    ...['press', 'mark', 'capture'].map((name) => `POST /livekit-replay/${name}`),
    ...['GET /livekit-replay/buffer', 'HEAD /livekit-replay/buffer'],
  ],
  READ: [
    ...['video', 'download', 'tracks', 'poster.jpg', 'sprite.jpg'].map((file) => `/api/clips/:id/${file}`),
    '/livekit-replay/my-clips',
  ].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]),
};

/** These answers change by themselves: gauges, and the file of a clip when its sound is encoded again. */
const CHANGES = /^\/(metrics$|api\/links\/)/;
/** The requests of a key are counted, so the tests take turns with so many. */
const KEYS = 6;

/** Services keep what they are given for later; nothing is called here. */
const anything: object = new Proxy(() => undefined, { get: () => anything, apply: () => anything });

const procedures = Object.entries(
  createAppRouter(anything as RouterServices)._def.procedures as unknown as Record<
    string,
    { _def: { type: 'query' | 'mutation' | 'subscription' } }
  >,
).map(([path, { _def }]) => ({ path, type: _def.type }));

/** Lists all routes of the server but tRPC's, as `GET /path`. */
async function listRoutes(): Promise<string[]> {
  const http = Fastify();
  const routes: string[] = [];
  http.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push(`${one} ${url}`);
  });
  const livekitAccess = { url: 'ws://127.0.0.1:9', apiKey: 'key', apiSecret: 'secret' };
  const services = new Proxy(anything, {
    get: (_target, name) => (name === 'livekitAccess' ? livekitAccess : anything),
  });
  await addRoutes(http, loadConfig({ WEB_DIR: import.meta.dirname }), services as RouteServices);
  return [...new Set(routes)].filter((route) => !route.includes('/api/trpc'));
}
const routes = await listRoutes();

let people: BufferedPeople;
let ada: Visitor;
let bob: Visitor;
let keys: Record<ProgramKeyScope, readonly CreatedProgramKey[]>;
let useCount = 0;
let clip: ClipDto;
/** Bob's clip, which Ada may watch because it is posted where she reads. */
let sharedClip: ClipDto;
let sessionId: string;
let linkToken: string;

beforeAll(async () => {
  people = await openBufferedPeople();
  [ada, bob] = [await people.register(), await people.register()];
  sessionId = await addShare(people, ada);
  await addShare(people, bob);
  const make = (scope: ProgramKeyScope) =>
    Promise.all(Array.from({ length: KEYS }, () => makeKey(people, ada, scope)));
  keys = { PRESS: await make('PRESS'), READ: await make('READ') };
  clip = await press(ada.api);
  const text = await people.db.channel.findFirstOrThrow({ where: { kind: 'TEXT' } });
  sharedClip = await press(bob.api, { share: { channelId: text.id } });
  const link = await ada.api.mutate<{ path: string }>('clip.link.create', {
    clipId: clip.id,
    expiresInHours: null,
  });
  linkToken = link.path.replace('/l/', '');
});
afterAll(() => people.remove());
/** Returns one of Ada's keys. */
function nextKey(scope: ProgramKeyScope): string {
  return keys[scope][useCount++ % KEYS]?.key ?? '';
}

/** Saves a clip and waits until it can be watched. */
async function press(api: ApiClient, more: object = {}): Promise<ClipDto> {
  const { channelId } = people;
  const { clip: accepted } = await api.mutate<CaptureResult>('replay.capture', {
    channelId,
    lastMinutes: 1,
    ...more,
  });
  await vi.waitUntil(
    async () => (await people.db.replayClip.count({ where: { id: accepted.id, status: 'READY' } })) === 1,
    { timeout: 10 * SECOND },
  );
  return accepted;
}

/** Sends a request with a Bearer token, or without. */
/** A page names the files of a clip with their versions, which change when its sound is encoded again. */
const withoutVersions = (text: string) => text.replaceAll(/\?v=[\w-]+/g, '');

async function send(method: string, path: string, token?: string) {
  const response = await fetch(`${people.origin}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(method === 'POST' ? { body: '{}' } : {}),
    redirect: 'manual',
  });
  const text = await response.text();
  const code = (/"appCode":"([A-Z_]+)"/.exec(text) ?? /"code":"([A-Z_]+)"/.exec(text))?.[1];
  return { status: response.status, text, code };
}

function call({ path, type }: { path: string; type: string }, token?: string) {
  if (type === 'mutation') return send('POST', `/api/trpc/${path}`, token);
  return send('GET', `/api/trpc/${path}?input=%7B%7D`, token);
}

function fill(route: string, clipId = clip.id): { method: string; path: string } {
  const [method = '', pattern = ''] = route.split(' ');
  const values: Record<string, string> = {
    ...{ id: clipId, token: linkToken, userId: ada.user.id, channelId: people.channelId },
    ...{ sessionId, file: 'init_0.mp4', bytes: '1', part: 'init.mp4' },
  };
  const path = pattern.replaceAll(/:(\w+)/g, (_match, name: string) => values[name] ?? 'x').replace('*', 'x');
  return { method, path };
}

describe.each(SCOPES)('a key of scope %s', (scope) => {
  it('calls procedures only where that is its job', async () => {
    const told = await Promise.all(
      procedures.map(async (procedure) => [procedure.path, (await call(procedure, nextKey(scope))).code]),
    );
    const expected = procedures.map(({ path, type }) => {
      if (PROCEDURES[scope].includes(path))
        return [path, path === 'clip.list' ? undefined : 'VALIDATION_FAILED'];
      return [path, type === 'subscription' ? 'UNAUTHENTICATED' : 'KEY_NOT_ALLOWED'];
    });
    expect(told).toEqual(expected);
  });

  it('is refused in a batch what it is refused alone', async () => {
    const queries = procedures.filter(({ type }) => type === 'query').map(({ path }) => path);
    const allowed = queries.find((path) => PROCEDURES[scope].includes(path));
    const told = await Promise.all(
      queries.map(async (path) => {
        const { text } = await send(
          'GET',
          `/api/trpc/${allowed},${path}?batch=1&input=%7B%7D`,
          nextKey(scope),
        );
        const answers = JSON.parse(text) as { error?: { data: { appCode: string } } }[];
        return [path, answers.map(({ error }) => error?.data.appCode === 'KEY_NOT_ALLOWED')];
      }),
    );
    expect(told).toEqual(queries.map((path) => [path, [false, !PROCEDURES[scope].includes(path)]]));
  });

  it('opens routes only where that is its job', async () => {
    const opened: string[] = [];
    const different: unknown[] = [];
    for (const route of routes) {
      const { method, path } = fill(route);
      const [withKey, anonymous] = [await send(method, path, nextKey(scope)), await send(method, path)];
      if (anonymous.status === 401 && ![401, 403].includes(withKey.status)) opened.push(route);
      // Whatever else is open to everybody answers a program as it answers anybody.
      else if (
        withKey.status < 400 &&
        (withKey.status !== anonymous.status ||
          (!CHANGES.test(path) && withoutVersions(withKey.text) !== withoutVersions(anonymous.text)))
      )
        different.push({ route, withKey, anonymous });
    }
    expect(opened.toSorted()).toEqual(ROUTES[scope].toSorted());
    expect(different).toEqual([]);
  });

  it('is no session in a cookie', async () => {
    for (const path of ['/api/trpc/quota.mine', `/api/clips/${clip.id}/video`]) {
      const headers = { cookie: `hindsight_session=${nextKey(scope)}` };
      const response = await fetch(`${people.origin}${path}`, { headers });
      expect([path, response.status]).toEqual([path, 401]);
    }
  });
});

describe('the matrix', () => {
  it('names procedures and routes that there are', () => {
    const known = procedures.map(({ path }) => path);
    expect(known).toEqual(expect.arrayContaining(Object.values(PROCEDURES).flat()));
    expect(routes).toEqual(expect.arrayContaining(Object.values(ROUTES).flat()));
    expect(routes).toEqual(
      expect.arrayContaining(['POST /api/livekit/webhook', 'GET /l/:token', 'GET /metrics', 'GET /*']),
    );
  });
});

describe('a key that presses', () => {
  it('saves, marks and sees the buffer of its owner', async () => {
    const program = createApiClient(people.origin, nextKey('PRESS'));
    const { channelId } = people;
    const { clip: saved } = await program.mutate<CaptureResult>('replay.capture', {
      channelId,
      lastMinutes: 5,
    });
    expect(await ada.api.query('clip.get', { clipId: saved.id })).toMatchObject({ id: saved.id });
    const { ranges } = await program.query<MyReplay>('replay.mine', { channelId });
    expect(ranges).toHaveLength(1);
    await expect(program.query('clip.get', { clipId: saved.id })).rejects.toMatchObject({
      code: 'KEY_NOT_ALLOWED',
    });
  });
});

describe('a key that reads', () => {
  it('lists and fetches the clips of its owner, and not those that others share', async () => {
    const program = createApiClient(people.origin, nextKey('READ'));
    const { items } = await program.query<ClipList>('clip.list', {});
    expect(items.map(({ id }) => id)).toContain(clip.id);
    expect(items.map(({ id }) => id)).not.toContain(sharedClip.id);
    const video = `/api/clips/${sharedClip.id}/video`;
    expect((await ada.api.fetch(video)).status).toBe(200);
    expect((await send('GET', video, nextKey('READ'))).code).toBe('NOT_FOUND');
    await expect(program.query('clip.get', { clipId: sharedClip.id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('keys that do not work', () => {
  it('get the same answer, whatever is wrong with them', async () => {
    const expired = await makeKey(people, ada, 'PRESS', { expiresInHours: 1 });
    const past = new Date(Date.now() - HOUR);
    await people.db.programKey.update({ where: { id: expired.id }, data: { expiresAt: past } });
    const revoked = await makeKey(people, ada, 'PRESS');
    await ada.api.mutate('key.revoke', { keyId: revoked.id });
    const wrong = [expired.key, revoked.key, `hs_${'x'.repeat(43)}`, 'hs_'];
    const answers = await Promise.all(
      wrong.map((key) => call({ path: 'replay.capture', type: 'mutation' }, key)),
    );
    expect(answers[0]).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect(await call({ path: 'replay.capture', type: 'mutation' })).toEqual(answers[0]);
  });

  it('stop at once when the password is changed or the owner signs out with that wish, and not without it', async () => {
    const eve = await people.register();
    const works = async ({ key }: Pick<CreatedProgramKey, 'key'>) =>
      (await call({ path: 'clip.list', type: 'query' }, key)).status === 200;
    const key = await makeKey(people, eve, 'READ');
    await eve.api.mutate('user.updatePassword', { current: PASSWORD, new: 'battery staple' });
    expect(await works(key)).toBe(true);
    await eve.api.mutate('user.updatePassword', {
      ...{ current: 'battery staple', new: PASSWORD, revokeKeys: true },
    });
    expect(await works(key)).toBe(false);

    const login = () => eve.api.mutate('auth.login', { username: eve.user.username, password: PASSWORD });
    const another = await makeKey(people, eve, 'READ');
    await eve.api.mutate('auth.logout');
    expect(await works(another)).toBe(true);
    await login();
    await eve.api.mutate('auth.logout', { revokeKeys: true });
    expect(await works(another)).toBe(false);
    expect(await works({ key: nextKey('READ') })).toBe(true);
  });
});

describe('making a key', () => {
  it('needs the password, and counts wrong ones with those of a new password', async () => {
    const eve = await people.register();
    const make = (password: string) =>
      eve.api.mutate('key.create', { name: 'deck', scope: 'PRESS', expiresInHours: null, password });
    for (let count = 0; count < 10; count++)
      await expect(make('guess')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    await expect(make(PASSWORD)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(
      eve.api.mutate('user.updatePassword', { current: PASSWORD, new: 'battery staple' }),
    ).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await eve.api.query<ProgramKeyDto[]>('key.list')).toEqual([]);
  });
});

describe('a key that is used too often', () => {
  it('is refused, while other keys of its owner go on', async () => {
    const eve = await people.register();
    const [busy, quiet] = [await makeKey(people, eve, 'PRESS'), await makeKey(people, eve, 'PRESS')];
    const use = ({ key }: CreatedProgramKey) => call({ path: 'replay.mine', type: 'query' }, key);
    const answers = await Promise.all(Array.from({ length: 70 }, () => use(busy)));
    expect(answers.filter(({ code }) => code === 'VALIDATION_FAILED')).toHaveLength(60);
    expect(answers.filter(({ code, status }) => code === 'RATE_LIMITED' && status === 429)).toHaveLength(10);
    expect((await use(quiet)).code).toBe('VALIDATION_FAILED');
  });
});
