import { skipToken } from '@tanstack/react-query';
import { SECOND } from '@hindsight/shared/units';
import { trpc } from '../../api/trpc.ts';
import { useIsOnScreen, useRevival } from '../../api/use-live.ts';
import { useNow } from '../../ui/use-now.ts';
import { bufferAt, type BufferView } from './buffer-view.ts';

/** Keeps a channel's recordings and the caller's own buffer in it live. Mounted once, for the channel in view. */
export function useReplayFeed(channelId: string | null): void {
  const utils = trpc.useUtils();
  const isOnScreen = useIsOnScreen();
  const subscription = trpc.replay.events.useSubscription(
    channelId !== null && isOnScreen ? { channelId } : skipToken,
    {
      onData(event) {
        if (channelId === null) return;
        if (event.type === 'room') utils.replay.status.setData({ channelId }, event.sessions);
        else utils.replay.mine.setData({ channelId }, event.mine);
      },
    },
  );
  useRevival(subscription);
}

/** Everybody who is being recorded in a channel. */
export function useRoomSessions(channelId: string | null) {
  const { data } = trpc.replay.status.useQuery(channelId === null ? skipToken : { channelId });
  return data ?? [];
}

/** The caller's own session and buffer in a channel, counted on to this moment. */
export function useMyBuffer(channelId: string | null) {
  const { data, dataUpdatedAt } = trpc.replay.mine.useQuery(channelId === null ? skipToken : { channelId });
  const hasSession = data !== undefined && data.session !== null;
  const now = useNow(SECOND / 2, hasSession);
  const buffer: BufferView | null = data === undefined ? null : bufferAt(data, now - dataUpdatedAt);
  return { session: data?.session ?? null, windowMs: data?.windowMs ?? null, buffer };
}
