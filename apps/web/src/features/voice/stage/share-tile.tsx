import { Menu, Slider, Text } from '@mantine/core';
import {
  IconArrowsDiagonal,
  IconArrowsDiagonalMinimize2,
  IconMaximize,
  IconVolume,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../../../ui/icon-button.tsx';
import { RecordingBadge } from '../../../domain/replay/recording-badge.tsx';
import classes from './stage.module.css';
import { useVoiceRoom } from '../room/voice-room.context.ts';
import type { SoundSource } from '../room/voice-room.ts';
import type { RoomPerson } from '../room/voice.slice.ts';

/** Shows one share on the stage. A click gives it the whole stage; another takes that back. */
export function ShareTile({
  person,
  isRecorded,
  isFocused,
  canFocus,
  onToggleFocus,
}: {
  person: RoomPerson;
  isRecorded: boolean;
  isFocused: boolean;
  canFocus: boolean;
  onToggleFocus: () => void;
}) {
  const room = useVoiceRoom();
  const video = useRef<HTMLVideoElement>(null);
  const { userId, pictureId, isLocal, username } = person;
  useEffect(() => {
    const element = video.current;
    return element === null ? undefined : room.showShare(userId, element);
  }, [room, userId, pictureId]);

  const name = isLocal ? 'Your share' : `${username}’s share`;
  return (
    <figure className={classes.share} aria-label={name}>
      <button
        type="button"
        className={classes.picture}
        aria-label={isFocused ? `Show ${name} with the others` : `Focus ${name}`}
        aria-pressed={isFocused}
        disabled={!canFocus}
        onClick={onToggleFocus}
      >
        <video ref={video} autoPlay playsInline muted />
      </button>
      <figcaption className={classes.caption}>
        <Text span size="xs" fw={600} truncate>
          {name}
        </Text>
        {isRecorded && <RecordingBadge who={isLocal ? 'you' : { username }} />}
      </figcaption>
      <div className={classes.tools}>
        {!isLocal && <VolumeMenu userId={userId} source="share" label={`Volume of ${name}`} />}
        {canFocus && (
          <IconButton
            label={isFocused ? 'Show all' : 'Focus'}
            variant="default"
            size="md"
            onClick={onToggleFocus}
          >
            {isFocused ? <IconArrowsDiagonalMinimize2 size={16} /> : <IconArrowsDiagonal size={16} />}
          </IconButton>
        )}
        <IconButton
          label="Full screen"
          variant="default"
          size="md"
          onClick={() => void video.current?.requestFullscreen()}
        >
          <IconMaximize size={16} />
        </IconButton>
      </div>
    </figure>
  );
}

/** Sets how loud somebody is for me. */
export function VolumeMenu({
  userId,
  source,
  label,
}: {
  userId: string;
  source: SoundSource;
  label: string;
}) {
  const room = useVoiceRoom();
  const [percent, setPercent] = useState(100);
  return (
    <Menu position="top-end" width={200}>
      <Menu.Target>
        <IconButton label={label} variant="default" size="md">
          <IconVolume size={16} />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown p="md">
        <Text size="xs" mb={6}>
          {label}: {percent} %
        </Text>
        <Slider
          thumbProps={{ 'aria-label': label }}
          label={null}
          value={percent}
          onChange={(value) => {
            setPercent(value);
            room.setVolume(userId, source, value / 100);
          }}
        />
      </Menu.Dropdown>
    </Menu>
  );
}
