import { skipToken } from '@tanstack/react-query';
import type { Presence } from '@hindsight/shared/voice';
import { trpc } from '../../api/trpc.ts';
import { useIsOnScreen, useRevival } from '../../api/use-live.ts';

/** Who is in each voice channel of a community, kept live; undefined until known. */
export function usePresence(communityId: string | undefined): Presence | undefined {
  const utils = trpc.useUtils();
  const isOnScreen = useIsOnScreen();
  const input = communityId === undefined ? skipToken : { communityId };
  const { data } = trpc.voice.presence.useQuery(input);
  const subscription = trpc.voice.events.useSubscription(isOnScreen ? input : skipToken, {
    onData(presence) {
      if (communityId !== undefined) utils.voice.presence.setData({ communityId }, presence);
    },
  });
  useRevival(subscription);
  return data;
}
