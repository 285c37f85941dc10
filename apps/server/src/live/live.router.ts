import { liveInput, type LiveEvent } from '@hindsight/shared/live';
import type { ChatFeed } from '../chat/chat-feed.ts';
import type { AppEvents } from '../events/events.ts';
import type { ReplayFeed } from '../recording/replay-feed.ts';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Voice } from '../voice/voice.service.ts';
import { mergeStreams } from '../events/merge-streams.ts';

interface LiveRouterDependencies {
  voice: Pick<Voice, 'watchPresence'>;
  feed: Pick<ReplayFeed, 'events'>;
  messages: Pick<ChatFeed, 'events'>;
  events: Pick<AppEvents, 'stream'>;
}

async function* labelled<T>(
  stream: AsyncIterable<T>,
  label: (event: T) => LiveEvent | null,
): AsyncGenerator<LiveEvent> {
  for await (const event of stream) {
    const labelledEvent = label(event);
    if (labelledEvent !== null) yield labelledEvent;
  }
}

/**
 * Sends everything a page watches in one subscription. A browser opens at most six HTTP/1.1 connections to one origin
 * over all its tabs: with three subscriptions for each tab, the second would leave none for anything else.
 */
export function createLiveRouter({ voice, feed, messages, events }: LiveRouterDependencies) {
  return router({
    events: signedInProcedure.input(liveInput).subscription(async function* ({ ctx, input, signal }) {
      const { user } = ctx;
      const { communityId, channelIds } = input;
      yield* mergeStreams<LiveEvent>(signal ?? new AbortController().signal, (end) => [
        labelled(events.stream('clip', end), ({ userId, event }) =>
          userId === user.id ? { feed: 'clip', event } : null,
        ),
        labelled(events.stream('export', end), ({ userId, exportId, progress }) =>
          userId === user.id ? { feed: 'export', exportId, progress } : null,
        ),
        labelled(events.stream('gap', end), () => ({ feed: 'gap' })),
        labelled(messages.events(user, end), (event) => ({ feed: 'message', event })),
        labelled(events.stream('community', end), ({ communityId: id, memberIds }) =>
          memberIds.includes(user.id) ? { feed: 'community', communityId: id } : null,
        ),
        ...(communityId === undefined
          ? []
          : [
              labelled(voice.watchPresence(user, communityId, end), (presence) => ({
                feed: 'presence',
                communityId,
                presence,
              })),
            ]),
        ...[...new Set(channelIds)].map((channelId) =>
          labelled(feed.events(user, channelId, end), (event) => ({ feed: 'replay', channelId, event })),
        ),
      ]);
    }),
  });
}
