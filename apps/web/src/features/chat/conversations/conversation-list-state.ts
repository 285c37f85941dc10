import type { ConversationDto, MessageEvent } from '@hindsight/shared/chat/message';

/**
 * Returns the list of conversations after an event, newest first. Returns null when only the server knows, because a
 * conversation is new or has lost its last message.
 */
export function conversationsAfter(
  conversations: ConversationDto[],
  event: MessageEvent,
): ConversationDto[] | null {
  if (event.type === 'conversation') return null;
  if (event.type === 'read') return conversations;
  if (event.type === 'removed')
    return conversations.some(({ lastMessage }) => lastMessage?.id === event.messageId)
      ? null
      : conversations;
  const { message } = event;
  if (!('conversationId' in message.target)) return conversations;
  const { conversationId } = message.target;
  const known = conversations.find(({ id }) => id === conversationId);
  if (known === undefined) return null;
  const changed = { ...known, lastMessage: message };
  if (event.type === 'changed')
    return known.lastMessage?.id === message.id
      ? conversations.map((conversation) => (conversation.id === conversationId ? changed : conversation))
      : conversations;
  return [changed, ...conversations.filter(({ id }) => id !== conversationId)];
}

/** Returns the text that the list shows of a conversation's last message. */
export function lastWords({ lastMessage }: ConversationDto, myUserId: string | null): string {
  if (lastMessage === null) return 'No messages yet';
  const { author, text, clip } = lastMessage;
  const what = text === '' && clip !== null ? 'shared a clip' : text;
  if (author === null) return what;
  const isMine = author.id === myUserId;
  if (text === '' && clip !== null) return `${isMine ? 'You' : author.username} ${what}`;
  return isMine ? `You: ${what}` : what;
}
