import { Text } from '@mantine/core';
import { useState } from 'react';
import { PersonTile } from './person-tile.tsx';
import { ShareTile } from './share-tile.tsx';
import classes from './stage.module.css';
import type { RoomPerson } from '../room/voice.slice.ts';

/** Shows shares large and people small. Without a share, the people fill the stage. */
export function Stage({
  people,
  recordedUserIds,
  keptVoiceUserIds,
}: {
  people: RoomPerson[];
  /** Whose share is being recorded, and whose voice is kept. */
  recordedUserIds: ReadonlySet<string>;
  keptVoiceUserIds: ReadonlySet<string>;
}) {
  const [focusedUserId, setFocusedUserId] = useState<string | null>(null);
  const sharing = people.filter(({ isSharing }) => isSharing);
  const focused = sharing.find(({ userId }) => userId === focusedUserId);
  const shown = focused === undefined ? sharing : [focused];

  return (
    <div className={classes.stage} data-sharing={sharing.length > 0 || undefined}>
      {shown.length > 0 && (
        <div className={classes.shares} data-count={Math.min(shown.length, 4)}>
          {shown.map((person) => (
            <ShareTile
              key={person.userId}
              person={person}
              isRecorded={recordedUserIds.has(person.userId)}
              isFocused={person === focused}
              canFocus={sharing.length > 1}
              onToggleFocus={() => setFocusedUserId(person === focused ? null : person.userId)}
            />
          ))}
        </div>
      )}
      <ul className={classes.people} aria-label="People here">
        {people.map((person) => (
          <PersonTile
            key={person.userId}
            person={person}
            isRecorded={recordedUserIds.has(person.userId)}
            isVoiceKept={keptVoiceUserIds.has(person.userId)}
            isSmall={sharing.length > 0}
          />
        ))}
      </ul>
      {people.length === 1 && sharing.length === 0 && (
        <Text c="dimmed" ta="center">
          Only you are here. Share your screen, or wait for others.
        </Text>
      )}
    </div>
  );
}
