import { ActionIcon, Menu } from '@mantine/core';
import {
  IconDots,
  IconDownload,
  IconEdit,
  IconLink,
  IconPlayerPlay,
  IconScissors,
  IconShare3,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clip';
import { IconButton } from '../../ui/icon-button.tsx';

/** What the library does with one clip. */
export interface ClipActions {
  rename: (clip: ClipDto) => void;
  share: (clip: ClipDto) => void;
  link: (clip: ClipDto) => void;
  remove: (clip: ClipDto) => void;
}

/**
 * Everything that can be done with a clip, behind one button. A menu is dear to make: before somebody is at the button, a
 * plain one stands for it, so that many cards are drawn soon.
 */
export function ClipMenu({ clip, actions }: { clip: ClipDto; actions: ClipActions }) {
  const [reason, setReason] = useState<'mouse' | 'focus' | 'press' | null>(null);
  if (reason !== null)
    return (
      <FullMenu clip={clip} actions={actions} isOpened={reason === 'press'} hasFocus={reason === 'focus'} />
    );
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="md"
      aria-label={`More for ${clip.title}`}
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
  clip,
  actions,
  isOpened,
  hasFocus,
}: {
  clip: ClipDto;
  actions: ClipActions;
  isOpened: boolean;
  /** The plain button had it. */
  hasFocus: boolean;
}) {
  const isReady = clip.status === 'READY';
  return (
    // Renaming takes the focus into the title: the menu must not take it back.
    <Menu position="bottom-end" width={180} returnFocus={false} defaultOpened={isOpened}>
      <Menu.Target>
        <IconButton label={`More for ${clip.title}`} size="md" autoFocus={hasFocus}>
          <IconDots size={18} />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown>
        {isReady && (
          <Menu.Item
            component={Link}
            to={`/clips/${clip.id}`}
            state={{ isFromLibrary: true }}
            leftSection={<IconPlayerPlay size={16} />}
          >
            Watch
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconEdit size={16} />} onClick={() => actions.rename(clip)}>
          Rename
        </Menu.Item>
        {isReady && (
          <>
            <Menu.Item
              component={Link}
              to={`/clips/${clip.id}?trim=1`}
              state={{ isFromLibrary: true }}
              leftSection={<IconScissors size={16} />}
            >
              Trim
            </Menu.Item>
            <Menu.Item leftSection={<IconShare3 size={16} />} onClick={() => actions.share(clip)}>
              Share
            </Menu.Item>
            <Menu.Item leftSection={<IconLink size={16} />} onClick={() => actions.link(clip)}>
              Public link
            </Menu.Item>
          </>
        )}
        {clip.downloadUrl !== null && (
          <Menu.Item component="a" href={clip.downloadUrl} download leftSection={<IconDownload size={16} />}>
            Download
          </Menu.Item>
        )}
        <Menu.Item
          c="var(--recording)"
          leftSection={<IconTrash size={16} />}
          onClick={() => actions.remove(clip)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
