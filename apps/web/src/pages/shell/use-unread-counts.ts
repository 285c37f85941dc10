import type { CommunityDto } from '@hindsight/shared/community/community';
import { trpc } from '../../api/trpc.ts';

export interface UnreadCounts {
  total: number;
  messages: number;
  inChannel: (channelId: string) => number;
  inCommunity: (community: CommunityDto) => number;
}

/** Returns the unread messages, as the badges of the navigation count them. The live feed keeps them up to date. */
export function useUnreadCounts(): UnreadCounts {
  const { data: unread = [] } = trpc.message.unread.useQuery(undefined, { staleTime: Infinity });
  const byChannel = new Map<string, number>();
  let messages = 0;
  for (const { target, count } of unread) {
    if ('channelId' in target) byChannel.set(target.channelId, count);
    else messages += count;
  }
  const inChannel = (channelId: string) => byChannel.get(channelId) ?? 0;
  return {
    total: unread.reduce((sum, { count }) => sum + count, 0),
    messages,
    inChannel,
    inCommunity: ({ channels }) => channels.reduce((sum, { id }) => sum + inChannel(id), 0),
  };
}
