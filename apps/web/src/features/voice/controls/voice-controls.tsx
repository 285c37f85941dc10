import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import {
  IconChevronDown,
  IconHeadphones,
  IconHeadphonesOff,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconScreenShare,
  IconScreenShareOff,
} from '@tabler/icons-react';
import { QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay/replay';
import { useHotkeyLabel } from '../../../hotkeys/use-hotkeys.ts';
import { useIsMicOn, useVoiceState } from '../room/use-voice.ts';
import { useVoiceRoom } from '../room/voice-room.context.ts';
import classes from './voice-controls.module.css';

const QUALITIES = Object.keys(QUALITY_PRESETS) as Quality[];

function qualityLabel(quality: Quality): string {
  const { framesPerSecond } = QUALITY_PRESETS[quality];
  return framesPerSecond > 30 ? `${quality}${framesPerSecond}` : quality;
}

/** Shows the bar below the stage: microphone, sound, share with its quality, leave. */
export function VoiceControls({
  quality,
  onQuality,
}: {
  quality: Quality;
  onQuality: (quality: Quality) => void;
}) {
  const room = useVoiceRoom();
  const { localShare, isShareStarting, status } = useVoiceState();
  const isConnected = status === 'connected';
  return (
    <div className={classes.bar} role="toolbar" aria-label="Voice controls">
      <MicButton size={44} />
      <DeafenButton size={44} />
      {localShare === null ? (
        <Button.Group>
          <Button
            h={44}
            leftSection={<IconScreenShare size={20} aria-hidden />}
            loading={isShareStarting}
            disabled={!isConnected}
            onClick={() => void room.share(quality)}
          >
            Share screen
          </Button>
          <Menu position="top-end" width={220}>
            <Menu.Target>
              <Button
                h={44}
                px={10}
                className={classes.qualityButton}
                aria-label={`Share quality: ${qualityLabel(quality)}`}
                disabled={!isConnected}
                rightSection={<IconChevronDown size={16} aria-hidden />}
              >
                <span className={classes.quality}>{qualityLabel(quality)}</span>
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>Share quality</Menu.Label>
              <Menu.RadioGroup value={quality} onChange={(value) => onQuality(value as Quality)}>
                {QUALITIES.map((name) => (
                  <Menu.RadioItem key={name} value={name}>
                    {qualityLabel(name)}, {QUALITY_PRESETS[name].framesPerSecond} fps,{' '}
                    {QUALITY_PRESETS[name].bitrateBps / 1_000_000} Mbit/s
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
            </Menu.Dropdown>
          </Menu>
        </Button.Group>
      ) : (
        <Button
          h={44}
          variant="default"
          leftSection={<IconScreenShareOff size={20} aria-hidden />}
          onClick={() => void room.stopSharing()}
        >
          Stop sharing
        </Button>
      )}
      <Tooltip label="Leave">
        <ActionIcon
          size={44}
          color="red.8"
          variant="filled"
          aria-label="Leave"
          onClick={() => void room.leave()}
        >
          <IconPhoneOff size={20} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

/** Mutes and unmutes. The browser asks for the microphone only at the first unmute. */
export function MicButton({ size }: { size: number }) {
  const room = useVoiceRoom();
  const { status } = useVoiceState();
  const isMicOn = useIsMicOn();
  const label = isMicOn ? 'Mute' : 'Unmute';
  const Icon = isMicOn ? IconMicrophone : IconMicrophoneOff;
  const key = useHotkeyLabel('toggleMute');
  return (
    <Tooltip label={key === undefined ? label : `${label} (${key})`}>
      <ActionIcon
        size={size}
        variant="default"
        aria-label={label}
        disabled={status !== 'connected'}
        data-off={!isMicOn || undefined}
        className={classes.toggle}
        onClick={() => void room.setMicOn(!isMicOn)}
      >
        <Icon size={size > 40 ? 20 : 18} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Silences everybody for me. */
export function DeafenButton({ size }: { size: number }) {
  const room = useVoiceRoom();
  const { isDeafened } = useVoiceState();
  const label = isDeafened ? 'Undeafen' : 'Deafen';
  const Icon = isDeafened ? IconHeadphonesOff : IconHeadphones;
  const key = useHotkeyLabel('toggleDeafen');
  return (
    <Tooltip label={key === undefined ? label : `${label} (${key})`}>
      <ActionIcon
        size={size}
        variant="default"
        aria-label={label}
        aria-pressed={isDeafened}
        data-off={isDeafened || undefined}
        className={classes.toggle}
        onClick={() => room.setDeafened(!isDeafened)}
      >
        <Icon size={size > 40 ? 20 : 18} />
      </ActionIcon>
    </Tooltip>
  );
}
