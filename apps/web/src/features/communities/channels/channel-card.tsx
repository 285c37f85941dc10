import { Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { UnreadBadge } from '../../../domain/messages/unread-badge.tsx';
import classes from './channel-card.module.css';
import { ChannelIcon } from './channel-icon.tsx';
import { namesInChannel } from './names-in-channel.ts';

/** Shows a channel and what goes on in it. */
export function ChannelCard({
  channel,
  namesIn,
  unread,
}: {
  channel: ChannelDto;
  /** These are the names of the people in a voice channel. */
  namesIn: string[];
  unread: number;
}) {
  const { communityId, id, kind, name } = channel;
  return (
    <Link
      to={`/c/${communityId}/${id}`}
      className={classes.card}
      data-lively={namesIn.length > 0 || undefined}
    >
      <span className={classes.icon}>
        <ChannelIcon kind={kind} size={22} />
      </span>
      <span className={classes.words}>
        <Text span fw={600} truncate>
          {name}
        </Text>
        <Text span size="xs" c="dimmed" truncate>
          {kind === 'VOICE' ? namesInChannel(namesIn) : 'Text channel'}
        </Text>
      </span>
      <UnreadBadge count={unread} />
      <IconChevronRight size={18} aria-hidden color="var(--mantine-color-dimmed)" />
    </Link>
  );
}
