import { Skeleton, Text } from '@mantine/core';
import { useMergedRef } from '@mantine/hooks';
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBack,
  IconPlayerSkipForward,
  IconVolume,
  IconVolumeOff,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { formatPreciseLength } from '../../../format/format-length.ts';
import { IconButton } from '../../../ui/icon-button.tsx';
import type { RangeEdge, TimeRange } from '../../../domain/timeline/time-range.ts';
import classes from './preview-stage.module.css';
import type { PreviewControls } from './use-preview-player.ts';
import { SetEdgeButtons } from './set-edge-buttons.tsx';

const PROBLEMS = {
  unsupported: 'This browser cannot show a preview. What you choose is saved all the same.',
  broken: 'This part cannot be shown. Choose another place, or save it as it is.',
} as const;

/** Shows the picture at the playhead, and the buttons that move it. */
export function PreviewStage({
  attach,
  player,
  range,
  volume,
  onSetEdge,
}: {
  attach: PreviewControls['attach'];
  player: Omit<PreviewControls, 'attach'>;
  range: TimeRange;
  /** The sound is this loud, from 0 to 1. */
  volume: number;
  onSetEdge: (edge: RangeEdge) => void;
}) {
  const { state, isPlaying, playheadMs } = player;
  // People would hear their own share twice.
  const [isMuted, setMuted] = useState(true);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.volume = volume;
  }, [volume]);
  return (
    <div className={classes.stage}>
      {/* Takes the focus when the dialog opens, so that the keys act on the timeline. */}
      <div className={classes.screen} data-autofocus tabIndex={-1}>
        <video
          ref={useMergedRef(attach, video)}
          className={classes.video}
          muted={isMuted}
          playsInline
          aria-label="Preview"
          onClick={() => player.togglePlay(range)}
        />
        {state === 'loading' && <Skeleton className={classes.cover} radius={0} />}
        {(state === 'unsupported' || state === 'broken') && (
          <div className={classes.cover} role="status">
            <Text c="dimmed" ta="center" p="md">
              {PROBLEMS[state]}
            </Text>
          </div>
        )}
      </div>
      <div className={classes.controls} role="toolbar" aria-label="Preview controls">
        <IconButton
          label={isPlaying ? 'Pause' : 'Play the selection'}
          shortcut="Space"
          onClick={() => player.togglePlay(range)}
        >
          {isPlaying ? <IconPlayerPauseFilled size={18} /> : <IconPlayerPlayFilled size={18} />}
        </IconButton>
        <IconButton label="Previous picture" shortcut="," onClick={() => player.step(-1)}>
          <IconPlayerSkipBack size={18} />
        </IconButton>
        <IconButton label="Next picture" shortcut="." onClick={() => player.step(1)}>
          <IconPlayerSkipForward size={18} />
        </IconButton>
        <IconButton
          label={isMuted ? 'Turn the sound on' : 'Turn the sound off'}
          onClick={() => setMuted(!isMuted)}
        >
          {isMuted ? <IconVolumeOff size={18} /> : <IconVolume size={18} />}
        </IconButton>
        <Text className={classes.time}>
          <span className="visually-hidden">Playhead at </span>
          {formatPreciseLength(playheadMs)}
        </Text>
        <SetEdgeButtons onSet={onSetEdge} />
      </div>
    </div>
  );
}
