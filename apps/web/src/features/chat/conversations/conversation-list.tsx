import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconPencilPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { NavLink } from 'react-router';
import type { ConversationDto } from '@hindsight/shared/chat/message';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatAge } from '../../../format/format-date.ts';
import { ErrorState } from '../../../ui/error-state.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import { conversationName } from '../../../domain/sharing/share-target.ts';
import { UnreadBadge } from '../../../domain/messages/unread-badge.tsx';
import { useNow } from '../../../ui/use-now.ts';
import classes from './conversation-list.module.css';
import { lastWords } from './conversation-list-state.ts';
import { NewMessageDialog } from './new-message-dialog.tsx';
import { unreadIn } from '../unread/unread-counts.ts';

/** Lists my conversations, the one with the newest message first. */
export function ConversationList({ myUserId }: { myUserId: string | null }) {
  const { data: conversations, error, refetch } = trpc.dm.list.useQuery();
  const { data: unread } = trpc.message.unread.useQuery(undefined, { staleTime: Infinity });
  const [isWriting, setWriting] = useState(false);
  const nowMs = useNow(MINUTE);
  return (
    <nav aria-label="Conversations">
      <header className={classes.header}>
        <Title order={2} size="h3">
          Messages
        </Title>
        <IconButton label="New message" onClick={() => setWriting(true)}>
          <IconPencilPlus size={20} />
        </IconButton>
      </header>
      {conversations === undefined &&
        (error === null ? (
          <Stack p="md" gap="sm" aria-busy="true" aria-label="Loading conversations">
            <Skeleton h={44} />
            <Skeleton h={44} />
            <Skeleton h={44} />
          </Stack>
        ) : (
          <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
        ))}
      {conversations?.length === 0 && (
        <Text c="dimmed" p="md">
          No conversations yet. Start one with somebody from your communities.
        </Text>
      )}
      <ul className={classes.list}>
        {conversations?.map((conversation) => (
          <li key={conversation.id}>
            <ConversationLink
              conversation={conversation}
              unreadCount={unreadIn(unread, { conversationId: conversation.id })}
              myUserId={myUserId}
              nowMs={nowMs}
            />
          </li>
        ))}
      </ul>
      <NewMessageDialog isOpen={isWriting} onClose={() => setWriting(false)} />
    </nav>
  );
}

function ConversationLink({
  conversation,
  unreadCount,
  myUserId,
  nowMs,
}: {
  conversation: ConversationDto;
  unreadCount: number;
  myUserId: string | null;
  nowMs: number;
}) {
  const { id, others, lastMessage, createdAt } = conversation;
  const name = conversationName(others);
  const at = lastMessage?.createdAt ?? createdAt;
  return (
    <NavLink to={`/dm/${id}`} className={classes.conversation} data-unread={unreadCount > 0 || undefined}>
      {others.length === 1 ? (
        <PersonAvatar name={name} size={36} />
      ) : (
        <span className={classes.group}>
          <IconUsers size={20} aria-hidden />
        </span>
      )}
      <span className={classes.words}>
        <span className={classes.top}>
          <Text span truncate className={classes.name}>
            {name}
          </Text>
          <time dateTime={at} className={classes.time}>
            {formatAge(at, nowMs)}
          </time>
        </span>
        <span className={classes.top}>
          <Text span size="xs" truncate>
            {lastWords(conversation, myUserId)}
          </Text>
          <UnreadBadge count={unreadCount} />
        </span>
      </span>
    </NavLink>
  );
}
