import { Button, Text, Title } from '@mantine/core';
import { IconPhone, IconVolume } from '@tabler/icons-react';
import type { VoiceParticipant } from '@hindsight/shared/community/voice';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import classes from './channel.module.css';

const SHOWN_PEOPLE = 5;

/** Shows a voice channel before joining: who is in it, and the button to join. */
export function ChannelLobby({
  channelName,
  present,
  isJoining,
  onJoin,
}: {
  channelName: string;
  present: VoiceParticipant[];
  isJoining: boolean;
  onJoin: () => void;
}) {
  return (
    <div className={classes.lobby}>
      {present.length === 0 ? (
        <span className={classes.lobbyIcon}>
          <IconVolume size={34} stroke={1.5} aria-hidden />
        </span>
      ) : (
        <div className={classes.avatars}>
          {present.slice(0, SHOWN_PEOPLE).map(({ userId, username }) => (
            <PersonAvatar key={userId} name={username} size={52} />
          ))}
        </div>
      )}
      <Title order={2} className={classes.lobbyTitle}>
        {channelName}
      </Title>
      <Text c="dimmed" maw={420}>
        {whoIsHere(present)}
      </Text>
      <Button
        size="md"
        mt="sm"
        leftSection={<IconPhone size={18} aria-hidden />}
        loading={isJoining}
        onClick={onJoin}
      >
        Join
      </Button>
      <Text size="xs" c="dimmed">
        You come in muted. Share your screen inside, and keep the last minutes ready to clip.
      </Text>
    </div>
  );
}

function whoIsHere(present: VoiceParticipant[]): string {
  const names = present.slice(0, SHOWN_PEOPLE).map(({ username }) => username);
  const more = present.length - names.length;
  if (names.length === 0) return 'Nobody is here yet. Be the first.';
  const listed = new Intl.ListFormat('en').format(more > 0 ? [...names, `${more} more`] : names);
  return `${listed} ${present.length === 1 ? 'is' : 'are'} here.`;
}
