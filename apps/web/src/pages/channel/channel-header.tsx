import { Text, Title } from '@mantine/core';
import { IconChevronLeft, IconHistory, IconUsers, IconVolume } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community/community';
import type { RoomSession } from '@hindsight/shared/replay/replay';
import { useServerLink } from '../../api/server-link.slice.ts';
import { RecordingsDrawer } from '../../features/replay/recordings/recordings-drawer.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RecordingDot } from '../../domain/replay/recording-badge.tsx';
import classes from './channel.module.css';
import { recordedPeopleText } from './recorded-people-text.ts';

/** Shows the bar above the stage: the channel, the number of people, and in red who is being recorded. */
export function ChannelHeader({
  channel,
  peopleCount,
  sessions,
  myUserId,
}: {
  channel: ChannelDto;
  peopleCount: number;
  sessions: RoomSession[];
  myUserId: string | null;
}) {
  const { isUnheard } = useServerLink();
  const [isRecordOpen, setRecordOpen] = useState(false);
  const sentence = recordedPeopleText(sessions, myUserId, isUnheard);
  return (
    <header className={classes.header}>
      <Link to={`/c/${channel.communityId}`} className={classes.back} aria-label="Back to the channels">
        <IconChevronLeft size={22} />
      </Link>
      <IconVolume size={20} aria-hidden className={classes.headerIcon} />
      <Title order={1} size="h3" className={classes.channelName}>
        {channel.name}
      </Title>
      <Text span size="xs" c="dimmed" className={classes.count}>
        <IconUsers size={15} aria-hidden />
        <span className="tabular">{peopleCount}</span>
        <span className="visually-hidden">{peopleCount === 1 ? 'person here' : 'people here'}</span>
      </Text>
      <span className={classes.recorded} data-uncertain={isUnheard || undefined} role="status">
        {sentence !== null && (
          <>
            <RecordingDot />
            <span>{sentence}</span>
          </>
        )}
      </span>
      <IconButton label="Recordings here" onClick={() => setRecordOpen(true)}>
        <IconHistory size={20} />
      </IconButton>
      <RecordingsDrawer channel={channel} isOpen={isRecordOpen} onClose={() => setRecordOpen(false)} />
    </header>
  );
}
