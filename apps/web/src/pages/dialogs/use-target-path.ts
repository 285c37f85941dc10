import type { MessageTarget } from '@hindsight/shared/chat/message';
import { trpc } from '../../api/trpc.ts';

/** Finds the address of the page of a channel or conversation. */
export function useTargetPath(): (target: MessageTarget) => string {
  const { data: communities } = trpc.community.list.useQuery();
  return (target) => {
    if ('conversationId' in target) return `/dm/${target.conversationId}`;
    const community = communities?.find(({ channels }) => channels.some(({ id }) => id === target.channelId));
    return community === undefined ? '/' : `/c/${community.id}/${target.channelId}`;
  };
}
