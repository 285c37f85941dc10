import { Badge, Button, Skeleton, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { AdminSession } from '@hindsight/shared/admin';
import { SECOND } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatBytes } from '../../format/format-bytes.ts';
import { formatLength } from '../../format/format-length.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import { RecordingDot } from '../../domain/replay/recording-badge.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './running-recordings.module.css';
import { StopRecordingDialog } from './stop-recording-dialog.tsx';

const REFRESH_MS = 4 * SECOND;

/** Shows who is being recorded now, in a community or on the whole server, and lets an admin end it. */
export function RunningRecordings({ communityId }: { communityId?: string }) {
  const query = trpc.admin.session.list.useQuery({ communityId }, { refetchInterval: REFRESH_MS });
  const [stopping, setStopping] = useState<AdminSession | null>(null);
  const now = useNow(SECOND, (query.data?.items.length ?? 0) > 0);
  const { items = [], total = 0 } = query.data ?? {};

  return (
    <section className={classes.section} aria-labelledby="recorded-now">
      <Title order={2} size="h3" id="recorded-now">
        Being recorded now
      </Title>
      {query.isPending && <Skeleton h={60} aria-label="Loading recordings" />}
      {query.isError && query.data === undefined && (
        <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && items.length === 0 && (
        <Text c="dimmed">Nobody is being recorded. Recordings appear here while they run.</Text>
      )}
      {items.length > 0 && (
        <ul className={classes.list} aria-label="Recordings">
          {items.map((session) => (
            <Recording
              key={session.id}
              session={session}
              nowMs={now}
              isPlaceNamed={communityId === undefined}
              onStop={() => setStopping(session)}
            />
          ))}
        </ul>
      )}
      {total > items.length && (
        <Text c="dimmed" size="xs">
          The {items.length} longest of {total} are listed.
        </Text>
      )}
      <StopRecordingDialog session={stopping} onClose={() => setStopping(null)} />
    </section>
  );
}

function Recording({
  session,
  nowMs,
  isPlaceNamed,
  onStop,
}: {
  session: AdminSession;
  nowMs: number;
  /** When true, the community is named beside the channel. */
  isPlaceNamed: boolean;
  onStop: () => void;
}) {
  const { username, channelName, communityName, quality, health, startedAt, bufferedBytes } = session;
  const place = [channelName ?? 'a deleted channel', ...(isPlaceNamed ? [communityName ?? ''] : [])];
  const runningMs = startedAt === null ? null : Math.max(0, nowMs - Date.parse(startedAt));
  return (
    <li className={classes.row}>
      <PersonAvatar name={username} size={36} />
      <div className={classes.words}>
        <Text fw={550} truncate className={classes.name}>
          <RecordingDot /> {username}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {place.join(' · ')}
        </Text>
      </div>
      <div className={classes.facts}>
        {health === 'DEGRADED' && (
          <Badge variant="light" color="yellow" tt="none">
            No new picture
          </Badge>
        )}
        <Text size="xs" c="dimmed" className="tabular">
          {quality} · {runningMs === null ? 'starting' : formatLength(runningMs)} ·{' '}
          {formatBytes(bufferedBytes)} buffered
        </Text>
      </div>
      <Button
        size="xs"
        variant="outline"
        color="red"
        aria-label={`Stop recording ${username}`}
        onClick={onStop}
      >
        Stop
      </Button>
    </li>
  );
}
