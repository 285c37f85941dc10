import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import { trpc } from '../../api/trpc.ts';
import {
  channelTargets,
  conversationTargets,
  personTargets,
  type ShareDestination,
  type ShareTargetOption,
} from '../../domain/sharing/share-target.ts';

/** Returns all places that the caller may share to. Of the people, it returns those whose names match the search. */
export function useShareTargets(search: string): { options: ShareTargetOption[]; isLoading: boolean } {
  const [searched] = useDebouncedValue(search.trim(), 200);
  const communities = trpc.community.list.useQuery();
  const conversations = trpc.dm.list.useQuery();
  const people = trpc.user.list.useQuery(
    { search: searched.slice(0, 32) },
    { placeholderData: (previous) => previous },
  );
  const options = useMemo(
    () => [
      ...channelTargets(communities.data ?? []),
      ...conversationTargets(conversations.data ?? []),
      ...personTargets(people.data ?? [], conversations.data ?? []),
    ],
    [communities.data, conversations.data, people.data],
  );
  return {
    options,
    isLoading: communities.isPending || conversations.isPending || people.isPending,
  };
}

/** Turns what was picked into a place for messages. A person without a conversation gets one. */
export function useShareTargetResolver(): (destination: ShareDestination) => Promise<MessageTarget> {
  const utils = trpc.useUtils();
  const { mutateAsync: openConversation } = trpc.dm.create.useMutation();
  return async (destination) => {
    if (!('userId' in destination)) return destination;
    const { id } = await openConversation({ userIds: [destination.userId] });
    void utils.dm.list.invalidate();
    return { conversationId: id };
  };
}
