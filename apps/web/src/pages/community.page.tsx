import { Stack, Text, Title } from '@mantine/core';
import { IconChevronRight, IconVolume } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { presentError } from '../api/present-error.ts';
import { trpc } from '../api/trpc.ts';
import { ErrorState } from '../ui/error-state.tsx';
import classes from './community.module.css';
import { NotFoundPage } from './not-found.page.tsx';
import { PageSkeleton } from './page-skeleton.tsx';

/** A community without a channel chosen: where to go from here. Phones show the list of channels instead. */
export function CommunityPage() {
  const { communityId } = useParams();
  const { data, error, refetch } = trpc.community.list.useQuery();
  const { data: presence } = trpc.voice.presence.useQuery({ communityId: communityId ?? '' });
  if (data === undefined)
    return error === null ? (
      <PageSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  const community = data.find(({ id }) => id === communityId);
  if (community === undefined) return <NotFoundPage />;
  const peopleIn = (channelId: string) =>
    presence?.find((entry) => entry.channelId === channelId)?.participants.length ?? 0;

  return (
    <div className={classes.page}>
      <title>{`${community.name} · Hindsight`}</title>
      <Title order={1}>{community.name}</Title>
      <Text c="dimmed" mt={4} mb="lg">
        Pick a voice channel. Share your screen there, and keep the best of it.
      </Text>
      <Stack gap="sm">
        {community.channels
          .filter(({ kind }) => kind === 'VOICE')
          .map(({ id, name }) => (
            <Link key={id} to={`/c/${community.id}/${id}`} className={classes.channel}>
              <span className={classes.icon}>
                <IconVolume size={22} aria-hidden />
              </span>
              <span className={classes.words}>
                <Text span fw={600} truncate>
                  {name}
                </Text>
                <Text span size="xs" c="dimmed">
                  {peopleHere(peopleIn(id))}
                </Text>
              </span>
              <IconChevronRight size={18} aria-hidden color="var(--mantine-color-dimmed)" />
            </Link>
          ))}
      </Stack>
    </div>
  );
}

function peopleHere(count: number): string {
  if (count === 0) return 'Nobody here yet';
  return count === 1 ? '1 person here' : `${count} people here`;
}
