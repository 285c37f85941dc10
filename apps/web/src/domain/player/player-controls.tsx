import { Button, Menu } from '@mantine/core';
import {
  IconMaximize,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBack,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconPlayerTrackPrev,
  IconVolume,
  IconVolumeOff,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatPreciseLength } from '../../format/format-length.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import classes from './clip-player.module.css';
import { SPEEDS, type PlayerCommand } from './player-keys.ts';
import { usePlayhead, type Playback } from './use-playback.ts';

/** Shows the buttons beneath the seek bar. */
export function PlayerControls({
  video,
  playback,
  durationMs,
  hasMarkers,
  onCommand,
  children,
}: {
  video: HTMLVideoElement | null;
  playback: Playback;
  durationMs: number;
  hasMarkers: boolean;
  onCommand: (command: PlayerCommand) => void;
  children?: ReactNode;
}) {
  const { isPlaying, isMuted, rate } = playback;
  return (
    <div className={classes.buttons} role="toolbar" aria-label="Player">
      <IconButton
        label={isPlaying ? 'Pause' : 'Play'}
        shortcut="K"
        onClick={() => onCommand({ kind: 'toggle-play' })}
      >
        {isPlaying ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
      </IconButton>
      <IconButton
        label="One picture back"
        shortcut=","
        onClick={() => onCommand({ kind: 'step', pictures: -1 })}
      >
        <IconPlayerSkipBack size={18} />
      </IconButton>
      <IconButton
        label="One picture forward"
        shortcut="."
        onClick={() => onCommand({ kind: 'step', pictures: 1 })}
      >
        <IconPlayerSkipForward size={18} />
      </IconButton>
      <Clock video={video} durationMs={durationMs} />
      {hasMarkers && (
        <span className={classes.markers}>
          <IconButton
            label="Previous marker"
            shortcut="P"
            onClick={() => onCommand({ kind: 'marker', direction: -1 })}
          >
            <IconPlayerTrackPrev size={18} />
          </IconButton>
          <IconButton
            label="Next marker"
            shortcut="N"
            onClick={() => onCommand({ kind: 'marker', direction: 1 })}
          >
            <IconPlayerTrackNext size={18} />
          </IconButton>
        </span>
      )}
      <span className={classes.space} />
      {children}
      <Menu position="top-end" width={110}>
        <Menu.Target>
          <Button
            className={classes.speed}
            variant="subtle"
            color="gray"
            size="compact-md"
            aria-label={`Speed: ${rate}`}
          >
            {rate}×
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {SPEEDS.map((speed) => (
            <Menu.Item
              key={speed}
              aria-current={speed === rate || undefined}
              fw={speed === rate ? 700 : undefined}
              onClick={() => {
                if (video !== null) video.playbackRate = speed;
              }}
            >
              {speed}×
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <IconButton
        label={isMuted ? 'Sound on' : 'Sound off'}
        shortcut="M"
        onClick={() => onCommand({ kind: 'toggle-mute' })}
      >
        {isMuted ? <IconVolumeOff size={18} /> : <IconVolume size={18} />}
      </IconButton>
      <IconButton label="Full screen" shortcut="F" onClick={() => onCommand({ kind: 'toggle-full-screen' })}>
        <IconMaximize size={18} />
      </IconButton>
    </div>
  );
}

/** Shows the time. It is apart from the buttons, because it changes with each picture. */
function Clock({ video, durationMs }: { video: HTMLVideoElement | null; durationMs: number }) {
  const playheadMs = usePlayhead(video);
  return (
    <span className={classes.clock}>
      {formatPreciseLength(playheadMs)}
      <span className={classes.total}> / {formatPreciseLength(durationMs)}</span>
    </span>
  );
}
