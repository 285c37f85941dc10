import type { MessageDto } from '@hindsight/shared/chat/message';

/**
 * The mark tells how far somebody has read: up to a message they have seen (`seen`); or, before they have seen any, all
 * but `unreadCount` of the others' messages up to the newest one at that time (`counted`).
 */
export type ReadMark =
  | { kind: 'seen'; messageId: string }
  | { kind: 'counted'; unreadCount: number; newestId: string | null };

/**
 * Returns the first message of others after the mark; null without one, and while it isn't loaded.
 * @param messages oldest first
 */
export function firstNewMessage(
  messages: readonly MessageDto[],
  mark: ReadMark,
  myUserId: string | null,
): string | null {
  const isOthers = (message: MessageDto) => message.author?.id !== myUserId;
  const markedId = mark.kind === 'seen' ? mark.messageId : mark.newestId;
  const marked = messages.findLastIndex(({ id }) => id === markedId);
  if (marked === -1 && markedId !== null) return null;
  if (mark.kind === 'counted' && mark.unreadCount > 0) {
    let left = mark.unreadCount;
    for (let at = marked; at >= 0; at -= 1) {
      const message = messages[at];
      if (message !== undefined && isOthers(message)) left -= 1;
      if (left === 0) return message?.id ?? null;
    }
    return null;
  }
  return messages.slice(marked + 1).find(isOthers)?.id ?? null;
}
