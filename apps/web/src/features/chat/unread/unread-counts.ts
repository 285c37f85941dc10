import type { MessageEvent, MessageTarget, Unread } from '@hindsight/shared/chat/message';
import { isSameTarget } from './message-target.ts';

/** The server counts up to this number only. */
const MAX_COUNT = 100;

/** Returns the unread counts after an event. Messages by `myUserId` never count as unread. */
export function unreadAfter(unread: Unread, event: MessageEvent, myUserId: string | null): Unread {
  if (event.type === 'read') return withoutUnread(unread, event.target);
  if (event.type !== 'created' || event.message.author?.id === myUserId) return unread;
  const { target, createdAt } = event.message;
  const known = unread.find((entry) => isSameTarget(entry.target, target));
  // The answer of a query may have counted it before its event came.
  if (known !== undefined && known.lastMessageAt >= createdAt) return unread;
  const count = Math.min(MAX_COUNT, (known?.count ?? 0) + 1);
  return [...withoutUnread(unread, target), { target, count, lastMessageAt: createdAt }];
}

export function withoutUnread(unread: Unread, target: MessageTarget): Unread {
  return unread.filter((entry) => !isSameTarget(entry.target, target));
}

export function unreadIn(unread: Unread | undefined, target: MessageTarget): number {
  return unread?.find((entry) => isSameTarget(entry.target, target))?.count ?? 0;
}
