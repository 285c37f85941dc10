import { Button, Stack, Text, Title } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useParams } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { ChannelCard } from '../../features/communities/channels/channel-card.tsx';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from './community.module.css';
import { NotFoundPage } from '../fallback/not-found.page.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';
import { useUnreadCounts } from '../shell/use-unread-counts.ts';

/**
 * Shows a community without a channel selected: what goes on in it, and where to go from here. Phones show the list of
 * channels.
 */
export function CommunityPage() {
  const { communityId } = useParams();
  const { data, error, refetch } = trpc.community.list.useQuery();
  if (data === undefined)
    return error === null ? (
      <PageSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  const community = data.find(({ id }) => id === communityId);
  return community === undefined ? <NotFoundPage /> : <Overview community={community} />;
}

function Overview({ community }: { community: CommunityDto }) {
  const dispatch = useAppDispatch();
  const { data: presence } = trpc.voice.presence.useQuery({ communityId: community.id });
  const unread = useUnreadCounts();
  const { id, name, memberCount, channels, actions } = community;
  const namesIn = (channelId: string) =>
    presence?.find((entry) => entry.channelId === channelId)?.participants.map(({ username }) => username) ??
    [];
  // Voice channels with people come first, because these people wait for company.
  const ordered = channels.toSorted((a, b) => namesIn(b.id).length - namesIn(a.id).length);

  return (
    <div className={classes.page}>
      <title>{`${name} · Hindsight`}</title>
      <header className={classes.head}>
        <div className={classes.words}>
          <Title order={1}>{name}</Title>
          <Text c="dimmed" className="tabular">
            {memberCount === 1 ? 'You are the only member so far' : `${memberCount} members`}
          </Text>
        </div>
        {actions.includes('MANAGE_COMMUNITY') && (
          <Button
            variant={memberCount === 1 ? 'filled' : 'default'}
            leftSection={<IconUserPlus size={18} aria-hidden />}
            onClick={() => dispatch(dialogOpened({ kind: 'invite-people', communityId: id }))}
          >
            Invite people
          </Button>
        )}
      </header>
      {channels.length === 0 ? (
        <Text c="dimmed">There is no channel yet. Somebody who manages channels can add one.</Text>
      ) : (
        <Stack gap="sm">
          {ordered.map((channel) => (
            <ChannelCard
              key={channel.id}
              channel={channel}
              namesIn={namesIn(channel.id)}
              unread={unread.inChannel(channel.id)}
            />
          ))}
        </Stack>
      )}
    </div>
  );
}
