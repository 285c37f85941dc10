import { Menu } from '@mantine/core';
import {
  IconDownload,
  IconEdit,
  IconFileExport,
  IconLink,
  IconPlayerPlay,
  IconScissors,
  IconShare3,
  IconStack2,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { LazyMenu } from '../../../ui/lazy-menu.tsx';

/** These are the library's actions for one clip. */
export interface ClipActions {
  rename: (clip: ClipDto) => void;
  share: (clip: ClipDto) => void;
  exportAs: (clip: ClipDto) => void;
  link: (clip: ClipDto) => void;
  remove: (clip: ClipDto) => void;
}

/** Shows everything that can be done with a clip, behind one button. */
export function ClipCardMenu({ clip, actions }: { clip: ClipDto; actions: ClipActions }) {
  const isReady = clip.status === 'READY';
  return (
    // Renaming moves the focus into the title.
    <LazyMenu label={`More for ${clip.title}`} width={180} returnFocus={false}>
      {() => (
        <>
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
              <Menu.Item leftSection={<IconFileExport size={16} />} onClick={() => actions.exportAs(clip)}>
                Export
              </Menu.Item>
              <Menu.Item leftSection={<IconLink size={16} />} onClick={() => actions.link(clip)}>
                Public link
              </Menu.Item>
            </>
          )}
          {clip.downloadUrl !== null && (
            <Menu.Item
              component="a"
              href={clip.downloadUrl}
              download
              leftSection={<IconDownload size={16} />}
            >
              Download
            </Menu.Item>
          )}
          {typeof clip.tracksUrl === 'string' && (
            <Menu.Item component="a" href={clip.tracksUrl} download leftSection={<IconStack2 size={16} />}>
              Download with separate tracks
            </Menu.Item>
          )}
          <Menu.Item
            c="var(--recording)"
            leftSection={<IconTrash size={16} />}
            onClick={() => actions.remove(clip)}
          >
            Delete
          </Menu.Item>
        </>
      )}
    </LazyMenu>
  );
}
