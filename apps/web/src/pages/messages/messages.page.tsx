import { Button, Text, Title } from '@mantine/core';
import { IconMessages } from '@tabler/icons-react';
import { useState } from 'react';
import { NewMessageDialog } from '../../features/chat/conversations/new-message-dialog.tsx';
import classes from './messages.module.css';

/** Shows direct messages without a conversation selected. Phones show the list of conversations instead. */
export function MessagesPage() {
  const [isWriting, setWriting] = useState(false);
  return (
    <div className={classes.page}>
      <title>Messages · Hindsight</title>
      <div className={classes.empty}>
        <span className={classes.startIcon}>
          <IconMessages size={30} stroke={1.5} aria-hidden />
        </span>
        <Title order={1} size="h2">
          Messages
        </Title>
        <Text c="dimmed" maw={360}>
          Pick a conversation, or write to somebody from your communities. Clips can go along.
        </Text>
        <Button mt="sm" onClick={() => setWriting(true)}>
          New message
        </Button>
      </div>
      <NewMessageDialog isOpen={isWriting} onClose={() => setWriting(false)} />
    </div>
  );
}
