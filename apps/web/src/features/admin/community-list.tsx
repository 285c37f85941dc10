import { Button, Modal, Skeleton, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { AdminCommunity } from '@hindsight/shared/admin';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import { ReplaySettings } from './replay-settings.tsx';
import classes from './server-settings.module.css';

/** Lists all communities of the server. An admin can open those they are in, and set the replay buffer of each. */
export function CommunityList() {
  const [limiting, setLimiting] = useState<AdminCommunity | null>(null);
  const query = trpc.admin.community.list.useInfiniteQuery(
    {},
    { getNextPageParam: (page) => page.nextCursor ?? undefined },
  );
  const communities = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section className={classes.section} aria-labelledby="communities">
      <Title order={2} size="h3" id="communities">
        Communities
      </Title>
      {query.isPending && <Skeleton h={120} aria-label="Loading communities" />}
      {query.isError && query.data === undefined && (
        <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && communities.length === 0 && (
        <Text c="dimmed">There is no community. Make one from the rail on the left.</Text>
      )}
      {communities.length > 0 && (
        <ul className={classes.list} aria-label="Communities">
          {communities.map((community) => (
            <Community key={community.id} community={community} onLimits={() => setLimiting(community)} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button
          variant="default"
          className={classes.more}
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Load more
        </Button>
      )}
      <Modal
        opened={limiting !== null}
        onClose={() => setLimiting(null)}
        title={`Replay buffer in ${limiting?.name ?? ''}`}
        size="lg"
      >
        {limiting !== null && <ReplaySettings communityId={limiting.id} />}
      </Modal>
    </section>
  );
}

function Community({
  community: { id, name, memberCount, channelCount, isMember },
  onLimits,
}: {
  community: AdminCommunity;
  onLimits: () => void;
}) {
  const members = memberCount === 1 ? '1 member' : `${memberCount} members`;
  const channels = channelCount === 1 ? '1 channel' : `${channelCount} channels`;
  return (
    <li className={classes.row}>
      <PersonAvatar name={name} size={36} radius={10} />
      <div className={classes.words}>
        <Text fw={550} truncate>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {members} · {channels}
          {isMember ? '' : ' · you are not in it'}
        </Text>
      </div>
      <Button size="xs" variant="default" aria-label={`Replay buffer in ${name}`} onClick={onLimits}>
        Replay buffer
      </Button>
      {isMember && (
        <Button
          size="xs"
          variant="default"
          component={Link}
          to={`/c/${id}/settings`}
          aria-label={`Settings of ${name}`}
        >
          Settings
        </Button>
      )}
    </li>
  );
}
