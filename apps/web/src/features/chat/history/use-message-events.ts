import { useQueryClient } from '@tanstack/react-query';
import { getQueryKey } from '@trpc/react-query';
import { useCallback, useEffect, useRef } from 'react';
import type { MessageEvent, MessageTarget } from '@hindsight/shared/chat/message';
import { SECOND } from '@hindsight/shared/units';
import { trpc } from '../../../api/trpc.ts';
import { conversationsAfter } from '../conversations/conversation-list-state.ts';
import { caughtUp, withChanged, withMessage, withoutMessage, type MessagePages } from './message-pages.ts';
import { isSameTarget } from '../unread/message-target.ts';
import { unreadAfter } from '../unread/unread-counts.ts';

const HISTORIES = getQueryKey(trpc.message.list);
/** A longer history than this isn't asked for again as a whole. */
const MAX_PAGES_ASKED_ANEW = 4;
/** An answer may be this much older than the moment it arrives. */
const RECENT_MS = 15 * SECOND;

/** Returns the target of a history by the key of its query. */
function targetOfKey(queryKey: readonly unknown[]): MessageTarget | null {
  const input = (queryKey[1] as { input?: { target?: MessageTarget } } | undefined)?.input;
  return input?.target ?? null;
}

function targetOf(event: MessageEvent): MessageTarget | null {
  switch (event.type) {
    case 'created':
    case 'changed':
      return event.message.target;
    case 'removed':
    case 'read':
      return event.target;
    case 'conversation':
      return null;
  }
}

function pagesAfter(pages: MessagePages, event: MessageEvent): MessagePages {
  switch (event.type) {
    case 'created':
      return withMessage(pages, event.message);
    case 'changed':
      return withChanged(pages, event.message);
    case 'removed':
      return withoutMessage(pages, event.messageId);
    case 'read':
    case 'conversation':
      return pages;
  }
}

/** Returns a function that applies an event to the histories that are loaded. */
export function useMessagePages(): (event: MessageEvent) => void {
  const utils = trpc.useUtils();
  return useCallback(
    (event) => {
      const target = targetOf(event);
      if (target === null) return;
      utils.message.list.setInfiniteData({ target }, (pages) => pages && pagesAfter(pages, event));
    },
    [utils],
  );
}

/** Applies what the live feed tells to everything that shows messages. It is used once, where the feed is. */
export function useMessageFeed() {
  const utils = trpc.useUtils();
  const queryClient = useQueryClient();
  const applyToPages = useMessagePages();
  const heard = useRef<{ atMs: number; event: MessageEvent }[]>([]);

  // An answer lacks the events that came between its reading and its arrival.
  useEffect(
    () =>
      queryClient.getQueryCache().subscribe((change) => {
        if (change.type !== 'updated' || change.action.type !== 'success' || change.action.manual) return;
        if (change.query.queryKey[0]?.toString() !== HISTORIES[0].toString()) return;
        const target = targetOfKey(change.query.queryKey);
        for (const { event } of heard.current) {
          const place = targetOf(event);
          if (target !== null && place !== null && isSameTarget(place, target)) applyToPages(event);
        }
      }),
    [queryClient, applyToPages],
  );

  return {
    apply(event: MessageEvent) {
      const atMs = performance.now();
      heard.current = [...heard.current.filter((entry) => atMs - entry.atMs < RECENT_MS), { atMs, event }];
      applyToPages(event);
      const myUserId = utils.auth.status.getData()?.user?.id ?? null;
      utils.message.unread.setData(undefined, (unread) => unread && unreadAfter(unread, event, myUserId));
      const conversations = utils.dm.list.getData();
      if (conversations === undefined) return;
      const after = conversationsAfter(conversations, event);
      if (after === null) void utils.dm.invalidate();
      else utils.dm.list.setData(undefined, after);
      if (event.type !== 'changed') return;
      const { clip } = event.message;
      if (clip?.state === 'present')
        utils.clip.getShared.setData({ clipId: clip.clip.id }, (known) => known && clip.clip);
      else if (clip !== null) void utils.clip.getShared.invalidate();
    },

    /** Asks for everything again, for when events may have been missed. */
    async refresh() {
      void utils.message.unread.invalidate();
      void utils.dm.invalidate();
      queryClient.removeQueries({ queryKey: HISTORIES, type: 'inactive' });
      const shown = queryClient.getQueriesData<MessagePages>({ queryKey: HISTORIES });
      await Promise.all(
        shown.map(async ([queryKey, pages]) => {
          const target = targetOfKey(queryKey);
          if (target === null) return;
          if (pages === undefined || pages.pages.length <= MAX_PAGES_ASKED_ANEW) {
            await queryClient.invalidateQueries({ queryKey, exact: true });
            return;
          }
          const newest = await utils.client.message.list.query({ target });
          utils.message.list.setInfiniteData({ target }, (known) => known && caughtUp(known, newest));
          for (const { event } of heard.current) applyToPages(event);
        }),
      );
    },
  };
}
