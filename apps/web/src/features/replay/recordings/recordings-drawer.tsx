import { Button, Drawer, Skeleton, Stack, Text } from '@mantine/core';
import type { RecordedSession } from '@hindsight/shared/replay/replay';
import { HISTORY_KEPT_MS } from '@hindsight/shared/replay/replay';
import { DAY, SECOND } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatLength } from '../../../format/format-length.ts';
import { ErrorState } from '../../../ui/error-state.tsx';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import { RecordingDot } from '../../../domain/replay/recording-badge.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { endText, formatRecordingPeriod, voicesText } from './recording-period.ts';
import classes from './recordings-drawer.module.css';

/** Lists the past and present recordings of a channel, for everybody who may be in it. */
export function RecordingsDrawer({
  channel,
  isOpen,
  onClose,
}: {
  channel: { id: string; name: string };
  isOpen: boolean;
  onClose: () => void;
}) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      size={420}
      title={`Recordings in ${channel.name}`}
    >
      <Text c="dimmed" mb="md">
        Whoever was recorded here in the last {HISTORY_KEPT_MS / DAY} days. What they kept of it is in their
        own clips.
      </Text>
      <Recordings channelId={channel.id} />
    </Drawer>
  );
}

function Recordings({ channelId }: { channelId: string }) {
  const query = trpc.replay.history.useInfiniteQuery(
    { channelId },
    { getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined },
  );
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  if (data === undefined && error !== null)
    return <ErrorState error={presentError(error)} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <Stack gap="sm" aria-busy="true">
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} h={52} />
        ))}
      </Stack>
    );
  const sessions = data.pages.flatMap(({ items }) => items);
  if (sessions.length === 0) return <Text>Nobody has been recorded here.</Text>;
  return (
    <>
      <ul className={classes.list} aria-label="Recordings">
        {sessions.map((session) => (
          <Recording key={session.id} session={session} />
        ))}
      </ul>
      {hasNextPage && (
        <Button
          mt="md"
          variant="default"
          fullWidth
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Show older ones
        </Button>
      )}
    </>
  );
}

function Recording({ session }: { session: RecordedSession }) {
  const { username, startedAt, durationMs } = session;
  const isRunning = durationMs === null;
  const now = useNow(SECOND, isRunning);
  const end = endText(session);
  const voices = voicesText(session);
  return (
    <li className={classes.recording}>
      <PersonAvatar name={username} size={36} />
      <div className={classes.words}>
        <Text fw={600} truncate>
          {username}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {formatRecordingPeriod(session)}
          {end !== null && `, ${end}`}
        </Text>
        {voices !== null && (
          <Text size="xs" c="dimmed" className="tabular">
            {voices}
          </Text>
        )}
      </div>
      {isRunning && <RecordingDot who={{ username }} />}
      <Text span className="tabular" c={isRunning ? 'var(--recording)' : 'dimmed'}>
        {formatLength(durationMs ?? now - Date.parse(startedAt))}
      </Text>
    </li>
  );
}
