import type { ChannelDto, CommunityDto } from '@hindsight/shared/community/community';
import type { LiveEvent, LiveInput } from '@hindsight/shared/live';
import type {
  ConversationDto,
  MessageDto,
  MessageList,
  Person,
  Unread,
} from '@hindsight/shared/chat/message';
import type { UserDto } from '@hindsight/shared/account/user';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { emptyLiveKit, idleRecorder } from '../testing/ports.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';

// This uses the whole server as browsers do, with two people, the first of whom is its admin.

let server: TemporaryApp;
let ada: ApiClient;
let bob: ApiClient;
let bobId: string;
let communityId: string;
let target: { channelId: string };

beforeAll(async () => {
  server = await startTemporaryApp({}, { livekit: emptyLiveKit, recorder: idleRecorder });
  ada = createApiClient(server.origin);
  bob = createApiClient(server.origin);
  await ada.mutate('auth.register', { username: 'ada', password: 'correct horse' });
  ({ id: bobId } = await bob.mutate<UserDto>('auth.register', {
    username: 'bob',
    password: 'correct horse',
  }));
  const [community] = await ada.query<CommunityDto[]>('community.list');
  if (community === undefined) throw new Error('the first account makes a community');
  communityId = community.id;
  const channel = await ada.mutate<ChannelDto>('channel.create', {
    communityId,
    name: 'goals',
    kind: 'TEXT',
  });
  target = { channelId: channel.id };
});
afterAll(() => server.remove());

/** Collects what a page receives on its single stream. */
function listen(client: ApiClient, input: LiveInput) {
  const stop = new AbortController();
  const heard: LiveEvent[] = [];
  const ended = (async () => {
    try {
      for await (const event of client.subscribe<LiveEvent>('live.events', input, stop.signal))
        heard.push(event);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  })();
  return {
    heard,
    ofMessages: () => heard.flatMap((live) => (live.feed === 'message' ? [live.event] : [])),
    async close() {
      stop.abort();
      await ended;
    },
  };
}

it('carries a live conversation between two browsers', async () => {
  const tab = listen(bob, { communityId, channelIds: [] });
  await expect.poll(() => tab.heard.length).toBeGreaterThan(0);
  const message = await ada.mutate<MessageDto>('message.create', { target, text: ' hello ' });
  expect(message.text).toBe('hello');
  await expect.poll(tab.ofMessages).toEqual([{ type: 'created', message }]);
  expect(await bob.query<MessageList>('message.list', { target })).toEqual({
    items: [message],
    nextCursor: null,
  });
  expect(await bob.query<Unread>('message.unread')).toMatchObject([{ target, count: 1 }]);
  await bob.mutate('message.read', { target, messageId: message.id });
  expect(await bob.query<Unread>('message.unread')).toEqual([]);
  await expect.poll(() => tab.ofMessages().at(-1)).toEqual({ type: 'read', target });

  expect(await ada.query<Person[]>('user.list', { search: 'BO' })).toEqual([{ id: bobId, username: 'bob' }]);
  const { id: conversationId } = await ada.mutate<ConversationDto>('dm.create', { userIds: [bobId] });
  await ada.mutate('message.create', { target: { conversationId }, text: 'just us' });
  expect(await bob.query<ConversationDto[]>('dm.list')).toMatchObject([
    { id: conversationId, others: [{ username: 'ada' }], lastMessage: { text: 'just us' } },
  ]);
  await tab.close();
});

it('refuses messages that can’t be stored or sent', async () => {
  const refused = { code: 'VALIDATION_FAILED' };
  const write = (input: object) => ada.mutate('message.create', { target, ...input });
  await expect(write({ text: '   ' })).rejects.toMatchObject(refused);
  await expect(write({ text: 'x'.repeat(4001) })).rejects.toMatchObject(refused);
  await expect(write({ text: 'nul \0' })).rejects.toMatchObject(refused);
  await expect(write({ text: 'both', target: { ...target, conversationId: bobId } })).rejects.toMatchObject(
    refused,
  );
  await expect(ada.query('message.list', { target, limit: 101 })).rejects.toMatchObject(refused);
  await expect(createApiClient(server.origin).query('message.list', { target })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});

it('tells a member who was removed from the community, and nothing later', async () => {
  const tab = listen(bob, { channelIds: [] });
  const [conversation] = await ada.query<ConversationDto[]>('dm.list');
  const { id: conversationId } = conversation ?? { id: '' };
  const write = (place: object, text: string) => ada.mutate('message.create', { target: place, text });
  const texts = () => tab.ofMessages().map((event) => ('message' in event ? event.message.text : event.type));
  // The stream begins some time after it was requested.
  await expect
    .poll(
      async () => {
        await write({ conversationId }, 'there?');
        return texts().length;
      },
      // The interval stays below the limit on writing.
      { interval: 1 * SECOND },
    )
    .toBeGreaterThan(0);
  await ada.mutate('member.remove', { communityId, userId: bobId });
  await write(target, 'is he gone?');
  // The next event is of a conversation that they still have.
  await write({ conversationId }, 'bye');
  await expect.poll(() => texts().at(-1)).toBe('bye');
  expect(new Set(texts())).toEqual(new Set(['there?', 'bye']));
  expect(tab.heard).toContainEqual({ feed: 'community', communityId });
  await expect(bob.query('message.list', { target })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await tab.close();
});
