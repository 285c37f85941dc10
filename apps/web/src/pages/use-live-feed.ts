import { skipToken } from '@tanstack/react-query';
import type { LiveInput } from '@hindsight/shared/live';
import { trpc } from '../api/trpc.ts';
import { useIsOnScreen, useRevival } from '../api/use-live.ts';
import { useClipCache } from '../features/clips/use-clip-cache.ts';
import { useReplayCache } from '../features/replay/use-my-buffer.ts';

/**
 * Keeps what the app shows live, by one subscription: my clips, who is in the channels of a community, and the
 * recordings of a channel. Mounted once. Without a community nothing is watched yet.
 */
export function useLiveFeed({ communityId, channelIds }: LiveInput): void {
  const utils = trpc.useUtils();
  const clips = useClipCache();
  const replay = useReplayCache();
  const isOnScreen = useIsOnScreen();
  const isWatching = isOnScreen && communityId !== undefined;
  const subscription = trpc.live.events.useSubscription(
    isWatching ? { communityId, channelIds } : skipToken,
    {
      // Presence and recordings begin with how things are; of the rest only changes are told.
      onStarted() {
        clips.refresh();
        void utils.community.invalidate();
      },
      onData(live) {
        if (live.feed === 'clip') clips.apply(live.event);
        else if (live.feed === 'replay') replay.apply(live.channelId, live.event);
        else if (live.feed === 'presence')
          utils.voice.presence.setData({ communityId: live.communityId }, live.presence);
        else if (live.feed === 'community') void utils.community.invalidate();
      },
    },
  );
  useRevival(subscription);
}
