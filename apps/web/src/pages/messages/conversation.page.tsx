import { Group, Text, Title } from '@mantine/core';
import { IconChevronLeft, IconDoorExit, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ChatView } from '../../features/chat/chat-view.tsx';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import { conversationName } from '../../domain/sharing/share-target.ts';
import classes from './messages.module.css';
import { NotFoundPage } from '../fallback/not-found.page.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';

/** Shows direct messages with one person or a few. */
export function ConversationPage() {
  const { conversationId = '' } = useParams();
  const { data: status } = trpc.auth.status.useQuery();
  const { data: conversation, error, refetch } = trpc.dm.get.useQuery({ conversationId });
  const me = status?.user;
  if (conversation === undefined || !me) {
    if (error === null) return <PageSkeleton />;
    const presented = presentError(error);
    if (presented.code === 'NOT_FOUND' || presented.code === 'VALIDATION_FAILED') return <NotFoundPage />;
    return <ErrorState error={presented} onRetry={() => void refetch()} />;
  }

  const { id, others } = conversation;
  const name = conversationName(others);
  const isGroup = others.length > 1;
  return (
    <div className={classes.page}>
      <title>{`${name} · Hindsight`}</title>
      <header className={classes.header}>
        <Link to="/dm" className={classes.back} aria-label="Back to the conversations">
          <IconChevronLeft size={22} />
        </Link>
        {isGroup ? (
          <IconUsers size={20} aria-hidden className={classes.headerIcon} />
        ) : (
          <PersonAvatar name={name} size={28} />
        )}
        <Title
          order={1}
          size="h3"
          className={classes.name}
          title={others.map(({ username }) => username).join(', ')}
        >
          {name}
        </Title>
        {isGroup && <LeaveButton conversationId={id} name={name} />}
      </header>
      <ChatView
        key={id}
        target={{ conversationId: id }}
        name={name}
        me={me}
        canWrite={others.length > 0}
        cannotWrite="Everybody else has left this conversation."
        isModerator={false}
        start={
          <div className={classes.start}>
            <Title order={2}>This is the start of your messages with {name}</Title>
            <Text c="dimmed">Only the people in this conversation can read it and watch its clips.</Text>
          </div>
        }
      />
    </div>
  );
}

function LeaveButton({ conversationId, name }: { conversationId: string; name: string }) {
  const navigate = useNavigate();
  const utils = trpc.useUtils();
  const [isAsking, setAsking] = useState(false);
  const leave = trpc.dm.leave.useMutation({
    async onSuccess() {
      await navigate('/dm', { replace: true });
      void utils.dm.list.invalidate();
      void utils.message.unread.invalidate();
    },
    onError(error) {
      setAsking(false);
      announceError(presentError(error));
    },
  });
  return (
    <Group ml="auto">
      <IconButton label="Leave the conversation" onClick={() => setAsking(true)}>
        <IconDoorExit size={20} />
      </IconButton>
      <ConfirmDialog
        isOpen={isAsking}
        title="Leave this conversation?"
        keep="Stay"
        action="Leave"
        isPending={leave.isPending}
        onConfirm={() => leave.mutate({ conversationId })}
        onClose={() => setAsking(false)}
      >
        You no longer see what is written with {name}. What you wrote stays.
      </ConfirmDialog>
    </Group>
  );
}
