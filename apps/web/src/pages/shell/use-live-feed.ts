import { skipToken } from '@tanstack/react-query';
import type { LiveInput } from '@hindsight/shared/live';
import { trpc } from '../../api/trpc.ts';
import { useIsOnScreen, useRevival } from '../../api/use-live.ts';
import { useExportCache } from '../../features/exports/use-export-cache.ts';
import { useMessageFeed } from '../../features/chat/history/use-message-events.ts';
import { useClipCache } from '../../features/clips/cache/use-clip-cache.ts';
import { useReplayCache } from '../../features/replay/session/use-own-buffer.ts';

/**
 * Keeps what the app shows live, by one subscription: my clips, messages, who is in the channels of a community, and
 * the recordings of a channel. It is mounted once, and watches nothing before it is known which community is in view,
 * if any (`isReady`). It runs while the page is on screen; in a call (`isNeededUnseen`) also while it isn't, because presses and
 * recordings then go on, and an account is in one call at a time.
 */
export function useLiveFeed({
  communityId,
  channelIds,
  isReady,
  isNeededUnseen,
}: LiveInput & { isReady: boolean; isNeededUnseen: boolean }): void {
  const utils = trpc.useUtils();
  const clips = useClipCache();
  const exports = useExportCache();
  const messages = useMessageFeed();
  const replay = useReplayCache();
  const isOnScreen = useIsOnScreen();
  const isWatching = (isOnScreen || isNeededUnseen) && isReady;
  function refresh(): void {
    clips.refresh();
    exports.refresh();
    void messages.refresh();
    void utils.community.invalidate();
    void utils.consent.invalidate();
  }
  const subscription = trpc.live.events.useSubscription(
    isWatching ? { communityId, channelIds } : skipToken,
    {
      // Presence and recordings start with the present state; everything else sends only changes.
      onStarted: refresh,
      onData(live) {
        if (live.feed === 'clip') clips.apply(live.event);
        else if (live.feed === 'export') exports.apply(live);
        else if (live.feed === 'message') messages.apply(live.event);
        else if (live.feed === 'replay') replay.apply(live.channelId, live.event);
        else if (live.feed === 'presence')
          utils.voice.presence.setData({ communityId: live.communityId }, live.presence);
        else if (live.feed === 'gap') refresh();
        else if (live.feed === 'community') {
          for (const changed of [
            utils.community,
            utils.consent,
            utils.invite,
            utils.role,
            utils.member,
            utils.admin.communityReplay,
          ])
            void changed.invalidate();
        }
      },
    },
  );
  useRevival(subscription);
}
