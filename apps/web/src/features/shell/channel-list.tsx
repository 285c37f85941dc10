import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import type { ChannelDto, CommunityDto } from '@hindsight/shared/community';
import classes from './channel-list.module.css';

/** The community's voice channels, each with the people in it beneath. */
export function ChannelList({
  community,
  people,
}: {
  community: CommunityDto | undefined;
  /** What stands beneath a channel. */
  people: (channel: ChannelDto) => ReactNode;
}) {
  if (community === undefined)
    return (
      <Stack p="md" gap="sm" aria-busy="true">
        <Skeleton h={20} w={140} />
        <Skeleton h={32} />
        <Skeleton h={32} />
      </Stack>
    );
  const voiceChannels = community.channels.filter(({ kind }) => kind === 'VOICE');
  return (
    <nav aria-label={`Channels of ${community.name}`}>
      <header className={classes.header}>
        <Title order={2} size="h3" className={classes.name} title={community.name}>
          {community.name}
        </Title>
      </header>
      <Text size="xs" fw={600} c="dimmed" className={classes.label}>
        Voice channels
      </Text>
      {voiceChannels.length === 0 && (
        <Text c="dimmed" px="md">
          No voice channels yet.
        </Text>
      )}
      <ul className={classes.list}>
        {voiceChannels.map((channel) => (
          <li key={channel.id}>
            <NavLink to={`/c/${community.id}/${channel.id}`} className={classes.channel}>
              <IconVolume size={18} aria-hidden />
              <span className={classes.channelName}>{channel.name}</span>
            </NavLink>
            {people(channel)}
          </li>
        ))}
      </ul>
    </nav>
  );
}
