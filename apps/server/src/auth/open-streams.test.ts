import type { CommunityDto } from '@hindsight/shared/community/community';
import type { ConversationDto } from '@hindsight/shared/chat/message';
import { MINUTE } from '@hindsight/shared/units';
import type { UserDto } from '@hindsight/shared/account/user';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAppEvents, type AppEvents } from '../events/events.ts';
import { wireBuses } from '../cluster/testing/wired-buses.ts';
import { createLog } from '../log.ts';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { emptyLiveKit, idleRecorder } from '../testing/ports.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';
import { createOpenStreams, type OpenStreams } from './open-streams.ts';

const PASSWORD = 'correct horse';

let server: TemporaryApp;
let ada: ApiClient;
let bob: ApiClient;
let phone: ApiClient;
let account: { username: string; password: string };
let bobId: string;
let communityId: string;
let accountNumber = 0;

beforeAll(async () => {
  server = await startTemporaryApp({}, { livekit: emptyLiveKit, recorder: idleRecorder });
  ada = createApiClient(server.origin);
  await ada.mutate('auth.register', { username: 'ada', password: PASSWORD });
  const [community] = await ada.query<CommunityDto[]>('community.list');
  communityId = community?.id ?? '';
});
afterAll(() => server.remove());
beforeEach(async () => {
  account = { username: `bob${accountNumber++}`, password: PASSWORD };
  bob = createApiClient(server.origin);
  ({ id: bobId } = await bob.mutate<UserDto>('auth.register', account));
  phone = createApiClient(server.origin);
  await phone.mutate('auth.login', account);
});

/** Follows a subscription until the server ends it; `live.events` begins with the presence of the community. */
function follow(client: ApiClient, path = 'live.events', input: object = { communityId, channelIds: [] }) {
  const stop = new AbortController();
  const heard: unknown[] = [];
  const tab = { heard, hasEnded: false, close: () => stop.abort() };
  void (async () => {
    try {
      for await (const event of client.subscribe(path, input, stop.signal)) heard.push(event);
    } catch {
      // The server breaks the connection off.
    }
    tab.hasEnded = true;
  })();
  return tab;
}

async function followed(client: ApiClient) {
  const tab = follow(client);
  await expect.poll(() => tab.heard.length).toBeGreaterThan(0);
  return tab;
}

describe('streams of an account', () => {
  it('end on every device when it signs out, and hear no private message afterwards', async () => {
    const tabs = [await followed(bob), await followed(phone), follow(phone, 'message.events', {})];
    const other = await followed(ada);
    const { id: conversationId } = await ada.mutate<ConversationDto>('dm.create', { userIds: [bobId] });
    await expect.poll(() => tabs.at(2)?.heard.length).toBeGreaterThan(0);
    await bob.mutate('auth.logout');
    await expect.poll(() => tabs.map(({ hasEnded }) => hasEnded)).toEqual([true, true, true]);
    await ada.mutate('message.create', { target: { conversationId }, text: 'for your eyes only' });
    await expect.poll(() => JSON.stringify(other.heard)).toContain('for your eyes only');
    expect(JSON.stringify(tabs.map(({ heard }) => heard))).not.toContain('for your eyes only');
    expect(other.hasEnded).toBe(false);
    other.close();
  });

  it('end when its password is changed, and the device that changed it goes on with its new cookie', async () => {
    const tabs = [await followed(bob), await followed(phone)];
    await bob.mutate('user.updatePassword', { current: PASSWORD, new: 'battery staple' });
    await expect.poll(() => tabs.map(({ hasEnded }) => hasEnded)).toEqual([true, true]);
    const again = await followed(bob);
    const refused = follow(phone);
    await expect.poll(() => refused.hasEnded).toBe(true);
    expect(refused.heard).toEqual([]);
    expect(again.hasEnded).toBe(false);
    again.close();
  });

  it('stay when somebody else signs out', async () => {
    const tab = await followed(bob);
    await ada.mutate('auth.logout');
    await ada.mutate('auth.login', { username: 'ada', password: PASSWORD });
    const before = tab.heard.length;
    await bob.mutate('dm.create', { userIds: [(await ada.query<{ user: UserDto }>('auth.status')).user.id] });
    await expect.poll(() => tab.heard.length).toBeGreaterThan(before);
    expect(tab.hasEnded).toBe(false);
    tab.close();
  });
});

describe('the streams of one account', () => {
  it(
    'are limited, with a clear error; a closed one makes room, and others have their own',
    async () => {
      const tabs = Array.from({ length: 32 }, () => follow(bob));
      await expect.poll(() => tabs.every(({ heard }) => heard.length > 0), { timeout: MINUTE }).toBe(true);
      // Errors of subscriptions come as events, as all of tRPC's do.
      const refusal = await (await phone.fetch('/api/trpc/live.events?input={}')).text();
      expect(refusal).toContain('event: serialized-error');
      expect(refusal).toContain('"appCode":"TOO_MANY_STREAMS"');
      expect((await phone.query<CommunityDto[]>('community.list')).length).toBeGreaterThan(0);
      (await followed(ada)).close();
      tabs.pop()?.close();
      await expect
        .poll(async () => {
          const tab = follow(phone);
          await expect.poll(() => tab.hasEnded || tab.heard.length > 0).toBe(true);
          tab.close();
          return tab.heard.length;
        })
        .toBeGreaterThan(0);
      for (const tab of tabs) tab.close();
    },
    2 * MINUTE,
  );
});

describe('streams at another server', () => {
  let here: AppEvents;
  let streams: OpenStreams;
  let isSignedIn: boolean;
  let checks: number;
  let isTold: boolean;
  let gap: () => void;
  /** The check of a session waits for this. */
  let answered: Promise<unknown>;
  const user = { id: 'bob', username: 'bob', isInstanceAdmin: false };
  type Request = Parameters<OpenStreams['authenticate']>[0];
  type Reply = Parameters<OpenStreams['authenticate']>[1];

  beforeEach(() => {
    const wired = wireBuses(2);
    here = createAppEvents(wired.buses[0]);
    ({ gap } = wired);
    [isSignedIn, checks, isTold] = [true, 0, false];
    answered = Promise.resolve();
    const identify = async () => {
      const found = isSignedIn ? user : null;
      checks += 1;
      await answered;
      return found;
    };
    const there = createAppEvents(wired.buses[1]);
    there.listen('signedOut', () => (isTold = true));
    streams = createOpenStreams({
      cookie: { authenticate: identify, identify, tokenOf: () => 'session' },
      events: there,
      log: createLog({ level: 'silent' }),
    });
  });

  function open() {
    const stream = { hasEnded: false };
    const raw = { destroyed: false, once: () => undefined, destroy: () => (stream.hasEnded = true) };
    const opened = streams.authenticate({} as Request, { raw } as unknown as Reply);
    return { stream, opened };
  }

  it.each([
    ['a sign-out', () => here.emit('signedOut', { userId: user.id })],
    ['events that were missed', () => gap()],
  ])('are checked again after %s', async (_name, happen) => {
    const { stream, opened } = open();
    await opened;
    expect(checks).toBe(1);
    happen();
    await expect.poll(() => checks).toBe(2);
    expect(stream.hasEnded).toBe(false);
    isSignedIn = false;
    happen();
    await expect.poll(() => stream.hasEnded).toBe(true);
  });

  it('end also when the sign-out comes while they are being opened', async () => {
    const gate = Promise.withResolvers<void>();
    answered = gate.promise;
    const { stream, opened } = open();
    isSignedIn = false;
    here.emit('signedOut', { userId: user.id });
    await expect.poll(() => isTold).toBe(true);
    gate.resolve();
    await opened;
    expect(stream.hasEnded).toBe(true);
  });
});
