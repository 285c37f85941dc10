import { ActionIcon, Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { MessageDto } from '@hindsight/shared/message';
import { IconButton } from '../../ui/icon-button.tsx';
import classes from './message.module.css';

interface MessageActionsProps {
  message: MessageDto;
  label: string;
  /** Null functions are not for this reader. */
  onEdit: (() => void) | null;
  onRemove: (() => void) | null;
}

/**
 * What can be done with a message, behind one button. A menu is dear to make: before somebody is at the button, a plain
 * one stands for it, so that a page of messages is drawn soon.
 */
export function MessageActions(props: MessageActionsProps) {
  const { message, label, onEdit, onRemove } = props;
  const [reason, setReason] = useState<'mouse' | 'focus' | 'press' | null>(null);
  if (message.text === '' && onEdit === null && onRemove === null) return null;
  if (reason !== null)
    return <FullMenu {...props} isOpened={reason === 'press'} hasFocus={reason === 'focus'} />;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="md"
      className={classes.actions}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={(event) => event.pointerType === 'mouse' && setReason('mouse')}
      onFocus={() => setReason('focus')}
      onClick={() => setReason('press')}
    >
      <IconDots size={18} />
    </ActionIcon>
  );
}

function FullMenu({
  message,
  label,
  onEdit,
  onRemove,
  isOpened,
  hasFocus,
}: MessageActionsProps & { isOpened: boolean; hasFocus: boolean }) {
  const { copy } = useClipboard();
  return (
    <Menu position="bottom-end" width={160} defaultOpened={isOpened}>
      <Menu.Target>
        <IconButton
          label={label}
          size="md"
          className={classes.actions}
          // It takes the place of the button that had the focus.
          autoFocus={hasFocus}
        >
          <IconDots size={18} />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
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
      </Menu.Dropdown>
    </Menu>
  );
}
