import { useEffect, useLayoutEffect, useState } from 'react';
import type { MessageDto, MessageTarget } from '@hindsight/shared/chat/message';
import { SECOND } from '@hindsight/shared/units';
import { trpc } from '../../../api/trpc.ts';
import { useIsOnScreen } from '../../../api/use-live.ts';
import { firstNewMessage, type ReadMark } from './first-new-message.ts';
import { unreadIn, withoutUnread } from '../unread/unread-counts.ts';

/**
 * Messages count as seen after this time on screen: what came while the person was away has to be loaded first, and be
 * shown as new.
 */
const SEEN_AFTER_MS = 0.8 * SECOND;

/** Returns true once a condition has held for some time. */
function useSteady(isTrue: boolean, afterMs: number): boolean {
  const [isSteady, setSteady] = useState(false);
  useEffect(() => {
    if (!isTrue) {
      setSteady(false);
      return undefined;
    }
    const timer = setTimeout(() => setSteady(true), afterMs);
    return () => clearTimeout(timer);
  }, [isTrue, afterMs]);
  return isTrue && isSteady;
}

/**
 * Knows what is new in a place that is open, and marks it as read once its end has been seen on screen.
 * @param messages oldest first; null while they load
 */
export function useReadMark({
  target,
  messages,
  isAtEnd,
  myUserId,
}: {
  target: MessageTarget;
  messages: readonly MessageDto[] | null;
  isAtEnd: boolean;
  myUserId: string;
}): {
  /** The line "new" stands before this message. */
  firstNewId: string | null;
  /** There is something new that isn't loaded yet. */
  isNewBeyond: boolean;
  /** Forgets what is new, because a person who answers has seen it. */
  forgetNew: () => void;
} {
  const utils = trpc.useUtils();
  const isOnScreen = useIsOnScreen();
  const { data: unread } = trpc.message.unread.useQuery(undefined, { staleTime: Infinity });
  const read = trpc.message.read.useMutation({
    onMutate: () => utils.message.unread.setData(undefined, (known) => known && withoutUnread(known, target)),
    onError: () => void utils.message.unread.invalidate(),
  });

  const [mark, setMark] = useState<ReadMark | null>(null);
  const [keptLine, setKeptLine] = useState<string | null>(null);
  const newestId = messages?.at(-1)?.id ?? null;
  const unreadCount = unreadIn(unread, target);
  const isLoaded = messages !== null && unread !== undefined;
  if (mark === null && isLoaded) setMark({ kind: 'counted', unreadCount, newestId });

  const isSeen = useSteady(isLoaded && isOnScreen && isAtEnd, SEEN_AFTER_MS);
  const found = mark === null || messages === null ? null : firstNewMessage(messages, mark, myUserId);

  useLayoutEffect(() => {
    if (isSeen) setKeptLine((kept) => found ?? kept);
    // The line is drawn once, when somebody comes to see it: messages that arrive while they look are not new.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isSeen]);

  const { mutate } = read;
  useEffect(() => {
    if (!isSeen || newestId === null) return;
    setMark({ kind: 'seen', messageId: newestId });
    if (unreadCount > 0) mutate({ target, messageId: newestId });
    // The key of the target is used instead of the object.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isSeen, newestId, unreadCount, mutate]);

  return {
    firstNewId: isSeen ? keptLine : (found ?? keptLine),
    isNewBeyond: mark?.kind === 'counted' && mark.unreadCount > 0 && found === null,
    forgetNew() {
      setKeptLine(null);
      if (newestId !== null) setMark({ kind: 'seen', messageId: newestId });
    },
  };
}
