import { Menu } from '@mantine/core';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { IconButton } from '../../../ui/icon-button.tsx';

/** Shows what people with the right to manage channels can do with one. */
export function ChannelMenu({
  channel,
  className,
  onRename,
  onRemove,
}: {
  channel: ChannelDto;
  className?: string | undefined;
  onRename: () => void;
  onRemove: () => void;
}) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <IconButton label={`Options of ${channel.name}`} size={28} className={className}>
          <IconDots size={16} />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onRename}>
          Rename
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} color="red" onClick={onRemove}>
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
