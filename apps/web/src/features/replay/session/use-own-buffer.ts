import { skipToken } from '@tanstack/react-query';
import type { ReplayEvent } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { useServerLink } from '../../../api/server-link.slice.ts';
import { trpc } from '../../../api/trpc.ts';
import { useNow } from '../../../ui/use-now.ts';
import { bufferAt, type BufferView } from '../control/buffer-view.ts';

/** Stores what the server says about a channel's recordings and the caller's own buffer in it. */
export function useReplayCache() {
  const utils = trpc.useUtils();
  return {
    apply(channelId: string, event: ReplayEvent) {
      if (event.type === 'room') {
        utils.replay.status.setData({ channelId }, event.sessions);
        void utils.replay.history.invalidate({ channelId });
      } else utils.replay.mine.setData({ channelId }, event.mine);
    },
  };
}

/** Returns everybody who is being recorded in a channel. */
export function useRoomSessions(channelId: string | null) {
  const { data } = trpc.replay.status.useQuery(channelId === null ? skipToken : { channelId });
  return data ?? [];
}

/** Returns the caller's own session and buffer in a channel, counted forward to this moment. */
export function useOwnBuffer(channelId: string | null) {
  const { data, dataUpdatedAt } = trpc.replay.mine.useQuery(channelId === null ? skipToken : { channelId });
  const hasSession = data !== undefined && data.session !== null;
  const now = useNow(SECOND / 2, hasSession);
  const { isUnheard } = useServerLink();
  const buffer: BufferView | null =
    data === undefined ? null : bufferAt(data, now - dataUpdatedAt, { isUnheard });
  return {
    session: data?.session ?? null,
    windowMs: data?.windowMs ?? null,
    buffer,
  };
}
