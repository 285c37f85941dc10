import type { ClipEvent } from '@hindsight/shared/clips/clip';
import type { LiveEvent } from '@hindsight/shared/live';
import type { ReplayEvent } from '@hindsight/shared/replay/replay';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAppEvents } from '../events/events.ts';
import { createLiveRouter } from './live.router.ts';
import { untilGap } from '../events/until-gap.ts';

const COMMUNITY_ID = '0199a000-0000-7000-8000-000000000001';
const CHANNEL_ID = '0199a000-0000-7000-8000-000000000002';
const CLIP_ID = '0199a000-0000-7000-8000-000000000003';
const user = { id: 'me', username: 'Me', isInstanceAdmin: false };
const removed: ClipEvent = { type: 'removed', clipId: CLIP_ID };
const nobodyRecorded: ReplayEvent = { type: 'room', sessions: [] };

let stop: AbortController;
beforeEach(() => (stop = new AbortController()));
afterEach(() => stop.abort());

const appEvents = createAppEvents();
const router = createLiveRouter({
  events: appEvents,
  messages: {
    async *events(_user, signal) {
      for await (const { event } of appEvents.stream('message', signal)) yield event;
    },
  },
  voice: {
    async *watchPresence() {
      yield [];
    },
  },
  feed: {
    async *events(_user, channelId) {
      if (channelId !== CHANNEL_ID) throw new AppError('NOT_FOUND');
      yield nobodyRecorded;
    },
  },
});

function watch(input: { communityId?: string; channelIds?: string[] }): Promise<AsyncIterable<LiveEvent>> {
  const caller = router.createCaller(
    // A subscription reads neither the request nor the reply.
    { user, key: null, request: {} as FastifyRequest, reply: {} as FastifyReply },
    { signal: stop.signal },
  );
  return caller.events(input);
}

test('yields events of the community, the channel and the own clips in one stream', async () => {
  const feeds: string[] = [];
  for await (const event of await watch({
    communityId: COMMUNITY_ID,
    channelIds: [CHANNEL_ID, CHANNEL_ID],
  })) {
    feeds.push(event.feed);
    if (feeds.length === 2) appEvents.emit('clip', { userId: user.id, event: removed });
    if (feeds.length === 3) break;
  }
  expect(feeds.toSorted()).toEqual(['clip', 'presence', 'replay']);
});

test('does not yield events of others’ clips', async () => {
  const stream = (await watch({}))[Symbol.asyncIterator]();
  const first = stream.next();
  appEvents.emit('clip', { userId: 'somebody else', event: { ...removed, clipId: COMMUNITY_ID } });
  appEvents.emit('clip', { userId: user.id, event: removed });
  await expect(first).resolves.toEqual({ done: false, value: { feed: 'clip', event: removed } });
});

test('tells members that their community has changed, and nobody else', async () => {
  const stream = (await watch({}))[Symbol.asyncIterator]();
  const first = stream.next();
  appEvents.emit('community', { communityId: CHANNEL_ID, memberIds: ['somebody else'] });
  appEvents.emit('community', { communityId: COMMUNITY_ID, memberIds: [user.id] });
  await expect(first).resolves.toEqual({
    done: false,
    value: { feed: 'community', communityId: COMMUNITY_ID },
  });
});

test('yields events of messages', async () => {
  const event = { type: 'conversation', conversationId: CLIP_ID } as const;
  const stream = (await watch({}))[Symbol.asyncIterator]();
  const first = stream.next();
  appEvents.emit('message', { communityId: null, memberIds: [user.id], event });
  await expect(first).resolves.toEqual({ done: false, value: { feed: 'message', event } });
});

test('refuses the whole stream for a channel that one may not see', async () => {
  const stream = (await watch({ channelIds: [COMMUNITY_ID] }))[Symbol.asyncIterator]();
  await expect(stream.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('yields a gap, after which clients must read everything again', async () => {
  const stream = (await watch({}))[Symbol.asyncIterator]();
  const first = stream.next();
  appEvents.relay('gap', {});
  await expect(first).resolves.toEqual({ done: false, value: { feed: 'gap' } });
});

test('fails a stream of changes at a gap', async () => {
  const heard: string[] = [];
  const follow = async () => {
    for await (const { channelId } of untilGap(appEvents, stop.signal, (end) =>
      appEvents.stream('room', end),
    ))
      heard.push(channelId);
  };
  const following = follow();
  appEvents.emit('room', { channelId: CHANNEL_ID });
  await expect.poll(() => heard).toEqual([CHANNEL_ID]);
  appEvents.relay('gap', {});
  await expect(following).rejects.toMatchObject({ code: 'EVENTS_MISSED' });
});
