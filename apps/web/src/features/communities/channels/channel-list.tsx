import { Skeleton, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ChannelDto, ChannelKind, CommunityDto } from '@hindsight/shared/community/community';
import { IconButton } from '../../../ui/icon-button.tsx';
import { CreateChannelDialog, RemoveChannelDialog, RenameChannelDialog } from './channel-dialogs.tsx';
import { KIND_WORDS } from './channel-icon.tsx';
import classes from './channel-list.module.css';
import { ChannelMenu } from './channel-menu.tsx';
import { ChannelRow, type PeopleBeneath } from './channel-row.tsx';
import { CommunityHeader } from './community-header.tsx';

const KINDS: readonly ChannelKind[] = ['TEXT', 'VOICE'];

/**
 * Shows the second column: the community's text and voice channels, with the people in each voice channel beneath it.
 */
export function ChannelList({
  community,
  hasSettings,
  unreadIn,
  people,
  onLeft,
}: {
  community: CommunityDto | undefined;
  hasSettings: boolean;
  /** Returns how many messages of a text channel the person has not read. */
  unreadIn: (channelId: string) => number;
  people: (channel: ChannelDto) => PeopleBeneath;
  /** The function is called when the person has left a community. */
  onLeft: (communityId: string) => void;
}) {
  const [newKind, setNewKind] = useState<ChannelKind | null>(null);
  const [renamed, setRenamed] = useState<ChannelDto | null>(null);
  const [removed, setRemoved] = useState<ChannelDto | null>(null);
  if (community === undefined) return <ChannelListSkeleton />;
  const mayManage = community.actions.includes('MANAGE_CHANNELS');

  function tools(channel: ChannelDto): ReactNode {
    return mayManage ? (
      <ChannelMenu
        channel={channel}
        className={classes.menu}
        onRename={() => setRenamed(channel)}
        onRemove={() => setRemoved(channel)}
      />
    ) : null;
  }

  return (
    <nav aria-label={`Channels of ${community.name}`}>
      <CommunityHeader
        key={community.id}
        community={community}
        hasSettings={hasSettings}
        onLeft={() => onLeft(community.id)}
      />
      {KINDS.map((kind) => {
        const channels = community.channels.filter((channel) => channel.kind === kind);
        if (channels.length === 0 && !mayManage) return null;
        return (
          <section key={kind} aria-label={KIND_WORDS[kind].many}>
            <div className={classes.section}>
              <Text size="xs" fw={600} c="dimmed">
                {KIND_WORDS[kind].many}
              </Text>
              {mayManage && (
                <IconButton label={`New ${KIND_WORDS[kind].one}`} size={28} onClick={() => setNewKind(kind)}>
                  <IconPlus size={16} />
                </IconButton>
              )}
            </div>
            <ul className={classes.list}>
              {channels.map((channel) => (
                <ChannelRow
                  key={channel.id}
                  channel={channel}
                  unread={kind === 'TEXT' ? unreadIn(channel.id) : 0}
                  people={kind === 'VOICE' ? people(channel) : null}
                  tools={tools(channel)}
                />
              ))}
            </ul>
          </section>
        );
      })}
      <CreateChannelDialog communityId={community.id} kind={newKind} onClose={() => setNewKind(null)} />
      <RenameChannelDialog channel={renamed} onClose={() => setRenamed(null)} />
      <RemoveChannelDialog channel={removed} onClose={() => setRemoved(null)} />
    </nav>
  );
}

function ChannelListSkeleton() {
  return (
    <Stack p="md" gap="sm" aria-busy="true" aria-label="Loading the channels">
      <Skeleton h={20} w={140} />
      <Skeleton h={32} />
      <Skeleton h={32} />
    </Stack>
  );
}
