import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ChannelDto, ChannelKind, CommunityDto } from '@hindsight/shared/community/community';
import { IconButton } from '../../../ui/icon-button.tsx';
import { CreateChannelDialog, RemoveChannelDialog, RenameChannelDialog } from './channel-dialogs.tsx';
import { ChannelIcon, KIND_WORDS } from './channel-icon.tsx';
import classes from '../community-settings.module.css';
import { useMoveChannel } from './use-move-channel.ts';

const KINDS: readonly ChannelKind[] = ['TEXT', 'VOICE'];

/** Lists all channels of a community, to add, order, rename and remove them. */
export function ChannelSettings({ community }: { community: CommunityDto }) {
  const [newKind, setNewKind] = useState<ChannelKind | null>(null);
  const [renamed, setRenamed] = useState<ChannelDto | null>(null);
  const [removed, setRemoved] = useState<ChannelDto | null>(null);
  return (
    <Stack gap="xl">
      {KINDS.map((kind) => (
        <section key={kind} aria-labelledby={`${kind}-channels`}>
          <Group justify="space-between" mb="sm">
            <Title order={2} size="h3" id={`${kind}-channels`}>
              {KIND_WORDS[kind].many}
            </Title>
            <Button
              variant="default"
              size="xs"
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setNewKind(kind)}
            >
              New {KIND_WORDS[kind].one}
            </Button>
          </Group>
          <ChannelRows
            channels={community.channels.filter((channel) => channel.kind === kind)}
            onRename={setRenamed}
            onRemove={setRemoved}
          />
        </section>
      ))}
      <CreateChannelDialog communityId={community.id} kind={newKind} onClose={() => setNewKind(null)} />
      <RenameChannelDialog channel={renamed} onClose={() => setRenamed(null)} />
      <RemoveChannelDialog channel={removed} onClose={() => setRemoved(null)} />
    </Stack>
  );
}

function ChannelRows({
  channels,
  onRename,
  onRemove,
}: {
  channels: ChannelDto[];
  onRename: (channel: ChannelDto) => void;
  onRemove: (channel: ChannelDto) => void;
}) {
  const move = useMoveChannel();
  if (channels.length === 0) return <Text c="dimmed">There are none yet.</Text>;
  return (
    <ul className={classes.list}>
      {channels.map((channel, index) => (
        <li key={channel.id} className={classes.row}>
          <ChannelIcon kind={channel.kind} size={18} />
          <Text fw={550} truncate className={classes.words}>
            {channel.name}
          </Text>
          <span className={classes.tools}>
            <IconButton
              label={`Move ${channel.name} up`}
              disabled={index === 0}
              onClick={() => move(channel, index - 1)}
            >
              <IconArrowUp size={18} />
            </IconButton>
            <IconButton
              label={`Move ${channel.name} down`}
              disabled={index === channels.length - 1}
              onClick={() => move(channel, index + 1)}
            >
              <IconArrowDown size={18} />
            </IconButton>
            <IconButton label={`Rename ${channel.name}`} onClick={() => onRename(channel)}>
              <IconPencil size={18} />
            </IconButton>
            <IconButton label={`Remove ${channel.name}`} color="red" onClick={() => onRemove(channel)}>
              <IconTrash size={18} />
            </IconButton>
          </span>
        </li>
      ))}
    </ul>
  );
}
