import { Text } from '@mantine/core';
import { IconMicrophoneOff } from '@tabler/icons-react';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import { KeptVoiceMark } from '../../../domain/replay/kept-voice-mark.tsx';
import { RecordingDot } from '../../../domain/replay/recording-badge.tsx';
import { VolumeMenu } from './share-tile.tsx';
import classes from './stage.module.css';
import type { RoomPerson } from '../room/voice.slice.ts';

/** Shows a person on the stage by name. The ring shows who speaks. */
export function PersonTile({
  person,
  isRecorded,
  isVoiceKept,
  isSmall,
}: {
  person: RoomPerson;
  isRecorded: boolean;
  isVoiceKept: boolean;
  isSmall: boolean;
}) {
  const { userId, username, isLocal, isSpeaking, isMicOn } = person;
  return (
    <li className={classes.person} data-speaking={isSpeaking || undefined}>
      <PersonAvatar name={username} size={isSmall ? 32 : 56} />
      <span className={classes.personName}>
        {isRecorded && <RecordingDot who={{ username }} />}
        {isVoiceKept && <KeptVoiceMark username={username} />}
        {!isMicOn && (
          <IconMicrophoneOff size={14} role="img" aria-label="Muted" color="var(--mantine-color-dimmed)" />
        )}
        <Text span size="xs" fw={600} truncate>
          {isLocal ? `${username} (you)` : username}
        </Text>
      </span>
      {!isLocal && (
        <span className={classes.personTools}>
          <VolumeMenu userId={userId} source="voice" label={`Volume of ${username}`} />
        </span>
      )}
    </li>
  );
}
