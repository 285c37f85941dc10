import { useEffect } from 'react';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import { trpc } from '../../../api/trpc.ts';
import { newestPage } from './message-pages.ts';

/**
 * Loads the history of one place. The live feed keeps it up to date; older pages are asked for as they come into view.
 */
export function useMessages(target: MessageTarget) {
  const utils = trpc.useUtils();
  const query = trpc.message.list.useInfiniteQuery(
    { target },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      staleTime: Infinity,
      // Comparing a long history message by message would cost more with every page.
      structuralSharing: false,
    },
  );
  useEffect(
    () => () => utils.message.list.setInfiniteData({ target }, (pages) => pages && newestPage(pages)),
    // The key of a target is used, because callers may make a new object each time.
    // oxlint-disable-next-line react/exhaustive-deps
    [],
  );
  return query;
}
