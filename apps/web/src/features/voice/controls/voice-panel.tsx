import { Text, Tooltip } from '@mantine/core';
import {
  IconAntennaBars2,
  IconAntennaBars4,
  IconAntennaBars5,
  IconAntennaBarsOff,
  IconPhoneOff,
  IconScreenShare,
  IconScreenShareOff,
} from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Quality } from '@hindsight/shared/replay/replay';
import { useServerLink } from '../../../api/server-link.slice.ts';
import { IconButton } from '../../../ui/icon-button.tsx';
import { RecordingDot } from '../../../domain/replay/recording-badge.tsx';
import { useVoiceState } from '../room/use-voice.ts';
import { DeafenButton, MicButton } from './voice-controls.tsx';
import classes from './voice-panel.module.css';
import { useVoiceRoom } from '../room/voice-room.context.ts';
import type { LinkQuality } from '../room/voice.slice.ts';

const LINK: Record<LinkQuality, { text: string; Icon: typeof IconAntennaBars5; color: string }> = {
  excellent: { text: 'Connected', Icon: IconAntennaBars5, color: 'var(--accent-text)' },
  good: { text: 'Connected', Icon: IconAntennaBars4, color: 'var(--accent-text)' },
  poor: { text: 'Weak connection', Icon: IconAntennaBars2, color: 'var(--warning)' },
  lost: { text: 'Connection lost', Icon: IconAntennaBarsOff, color: 'var(--recording)' },
  unknown: { text: 'Connected', Icon: IconAntennaBars5, color: 'var(--accent-text)' },
};

const STATUS_TEXT = { connecting: 'Connecting…', reconnecting: 'Reconnecting…' } as const;

/** Shows my voice on every page: the channel, the quality of the connection, and the controls. */
export function VoicePanel({ isRecorded, quality }: { isRecorded: boolean; quality: Quality }) {
  const room = useVoiceRoom();
  const { isUnheard } = useServerLink();
  const { status, channel, people, localShare, isShareStarting } = useVoiceState();
  if (status === 'idle' || channel === null) return null;

  const link = LINK[people.find(({ isLocal }) => isLocal)?.linkQuality ?? 'unknown'];
  const text = status === 'connected' ? link.text : STATUS_TEXT[status];
  const color = status === 'connected' ? link.color : 'var(--warning)';
  const isSharing = localShare !== null;
  return (
    <section className={classes.panel} aria-label="My voice">
      <Link to={`/c/${channel.communityId}/${channel.id}`} className={classes.where}>
        <link.Icon size={20} color={color} aria-hidden />
        <span className={classes.words}>
          <Text span size="xs" fw={600} c={color} truncate>
            {text}
          </Text>
          <Text span size="xs" c="dimmed" truncate>
            {channel.name}
          </Text>
        </span>
        {isRecorded && (
          <Tooltip
            label={isUnheard ? 'The server is silent' : 'You are being recorded into your replay buffer'}
          >
            <span>
              <RecordingDot who="you" />
            </span>
          </Tooltip>
        )}
      </Link>
      <div className={classes.controls}>
        <MicButton size={36} />
        <DeafenButton size={36} />
        <IconButton
          label={isSharing ? 'Stop my share' : 'Share my screen'}
          variant="default"
          size={36}
          loading={isShareStarting}
          disabled={status !== 'connected'}
          className={classes.share}
          onClick={() => void (isSharing ? room.stopSharing() : room.share(quality))}
        >
          {isSharing ? <IconScreenShareOff size={18} /> : <IconScreenShare size={18} />}
        </IconButton>
        <IconButton
          label="Disconnect"
          variant="default"
          size={36}
          className={classes.leave}
          onClick={() => void room.leave()}
        >
          <IconPhoneOff size={18} />
        </IconButton>
      </div>
    </section>
  );
}
