import { Text } from '@mantine/core';
import { IconHeadphonesOff, IconMicrophoneOff, IconScreenShare } from '@tabler/icons-react';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import { KeptVoiceMark } from '../../../domain/replay/kept-voice-mark.tsx';
import { RecordingDot } from '../../../domain/replay/recording-badge.tsx';
import type { ListedPerson } from './listed-people.ts';
import classes from './channel-people.module.css';

/** Lists the people in a voice channel, as the list of channels shows them. */
export function ChannelPeople({ people, channelName }: { people: ListedPerson[]; channelName: string }) {
  if (people.length === 0) return null;
  return (
    <ul className={classes.people} aria-label={`People in ${channelName}`}>
      {people.map((person) => (
        <li key={person.userId} className={classes.person}>
          <span className={classes.avatar} data-speaking={person.isSpeaking || undefined}>
            <PersonAvatar name={person.username} size={24} />
          </span>
          <Text span size="sm" c="dimmed" truncate className={classes.name}>
            {person.username}
          </Text>
          {person.isMuted && <IconMicrophoneOff size={14} role="img" aria-label="Muted" />}
          {person.isDeafened && <IconHeadphonesOff size={14} role="img" aria-label="Deafened" />}
          {person.isSharing && <IconScreenShare size={14} role="img" aria-label="Shares the screen" />}
          {person.isVoiceKept && <KeptVoiceMark username={person.username} />}
          {person.isRecorded && <RecordingDot who={person} />}
        </li>
      ))}
    </ul>
  );
}
