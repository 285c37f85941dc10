import type { CommunityDto } from '@hindsight/shared/community/community';
import type { ConversationDto, MessageTarget, Person } from '@hindsight/shared/chat/message';

/** A person without a conversation yet is a place to share to as well: the conversation is made when it is needed. */
export type ShareDestination = MessageTarget | { userId: string };

/** This is a place that something can be shared to, as lists show it. */
export interface ShareTargetOption {
  key: string;
  kind: 'channel' | 'conversation' | 'person';
  icon: 'channel' | 'person' | 'group';
  /** The label names the channel, or the people that it goes to. */
  label: string;
  /** The detail tells two places of the same name apart: it is the community. */
  detail: string | null;
  destination: ShareDestination;
}

export const SHARE_GROUPS: Record<ShareTargetOption['kind'], string> = {
  channel: 'Channels',
  conversation: 'Conversations',
  person: 'People',
};

/** Names the people in a conversation: "bo, cleo and 2 more". */
export function conversationName(others: readonly Person[]): string {
  const names = others.map(({ username }) => username);
  if (names.length === 0) return 'Nobody else';
  if (names.length <= 3) return names.join(', ');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

/** Returns all text channels that the caller may write in. */
export function channelTargets(communities: readonly CommunityDto[]): ShareTargetOption[] {
  return communities
    .filter(({ actions }) => actions.includes('SEND_MESSAGES'))
    .flatMap(({ name, channels }) =>
      channels
        .filter(({ kind }) => kind === 'TEXT')
        .map((channel) => ({
          key: `channel:${channel.id}`,
          kind: 'channel' as const,
          icon: 'channel' as const,
          label: channel.name,
          detail: name,
          destination: { channelId: channel.id },
        })),
    );
}

/** Returns the conversations with somebody else in them, in their present order. */
export function conversationTargets(conversations: readonly ConversationDto[]): ShareTargetOption[] {
  return conversations
    .filter(({ others }) => others.length > 0)
    .map(({ id, others }) => ({
      key: `conversation:${id}`,
      kind: 'conversation',
      icon: others.length === 1 ? 'person' : 'group',
      label: conversationName(others),
      detail: null,
      destination: { conversationId: id },
    }));
}

/** Returns the people with whom the caller has no conversation of two yet. */
export function personTargets(
  people: readonly Person[],
  conversations: readonly ConversationDto[],
): ShareTargetOption[] {
  const known = new Set(
    conversations.filter(({ others }) => others.length === 1).map(({ others }) => others[0]?.id),
  );
  return people
    .filter(({ id }) => !known.has(id))
    .map(({ id, username }) => ({
      key: `person:${id}`,
      kind: 'person',
      icon: 'person',
      label: username,
      detail: null,
      destination: { userId: id },
    }));
}

/** Returns the options whose name or community has every word that is searched for. */
export function matchingTargets(options: readonly ShareTargetOption[], search: string): ShareTargetOption[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return options.filter(({ label, detail }) => {
    const text = `#${label} @${label} ${detail ?? ''}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}
