import { Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import type { MessageDto } from '@hindsight/shared/chat/message';
import { LazyMenu } from '../../../ui/lazy-menu.tsx';
import classes from './message.module.css';

interface MessageActionsProps {
  message: MessageDto;
  label: string;
  /** Null functions are not available to this reader. */
  onEdit: (() => void) | null;
  onRemove: (() => void) | null;
}

/** Shows what can be done with a message, behind one button. */
export function MessageActions({ message, label, onEdit, onRemove }: MessageActionsProps) {
  const { copy } = useClipboard();
  if (message.text === '' && onEdit === null && onRemove === null) return null;
  return (
    <LazyMenu label={label} width={160} className={classes.actions}>
      {() => (
        <>
          {onEdit !== null && (
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
              Edit
            </Menu.Item>
          )}
          {message.text !== '' && (
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => copy(message.text)}>
              Copy text
            </Menu.Item>
          )}
          {onRemove !== null && (
            <Menu.Item c="red" leftSection={<IconTrash size={16} />} onClick={onRemove}>
              Delete
            </Menu.Item>
          )}
        </>
      )}
    </LazyMenu>
  );
}
