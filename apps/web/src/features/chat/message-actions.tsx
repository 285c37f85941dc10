import { Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import type { MessageDto } from '@hindsight/shared/message';
import { IconButton } from '../../ui/icon-button.tsx';
import classes from './message.module.css';

/** What can be done with a message; null functions are not for this reader. */
export function MessageActions({
  message,
  label,
  onEdit,
  onRemove,
}: {
  message: MessageDto;
  label: string;
  onEdit: (() => void) | null;
  onRemove: (() => void) | null;
}) {
  const { copy } = useClipboard();
  const canCopy = message.text !== '';
  if (!canCopy && onEdit === null && onRemove === null) return null;
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <IconButton label={label} size="md" className={classes.actions}>
          <IconDots size={18} />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        {onEdit !== null && (
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
            Edit
          </Menu.Item>
        )}
        {canCopy && (
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
