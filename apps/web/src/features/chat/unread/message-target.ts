import type { MessageTarget } from '@hindsight/shared/chat/message';

/** Returns a target as one string, for keys. */
export function targetKey(target: MessageTarget): string {
  return 'channelId' in target ? `channel:${target.channelId}` : `conversation:${target.conversationId}`;
}

export function isSameTarget(one: MessageTarget, other: MessageTarget): boolean {
  return targetKey(one) === targetKey(other);
}
