import { Button, Text, UnstyledButton } from '@mantine/core';
import { IconBookmark, IconMicrophone, IconMicrophoneOff } from '@tabler/icons-react';
import type { PressLengths } from '@hindsight/shared/replay/lengths';
import { RecordingDot } from '../../../domain/replay/recording-badge.tsx';
import { formatPressLength } from '../../../format/press-length.ts';
import type { Press } from '../capture/use-capture.ts';
import { BufferGauge } from '../control/buffer-gauge.tsx';
import type { BufferView } from '../control/buffer-view.ts';
import classes from './pop-out-panel.module.css';
import { popOutLengths } from './pop-out-lengths.ts';
import { usePopOut } from './pop-out.context.ts';
import { inThisWindow } from './small-window.ts';

export interface PopOutPanelProps {
  buffer: BufferView | null;
  lengths: PressLengths;
  /** The text says who is being recorded; null when nobody is. */
  recorded: string | null;
  /** When true, the server was not heard for a while, so nothing is certain. */
  isUnheard: boolean;
  isMicOn: boolean;
  canMark: boolean;
  onPress: (press: Press) => void;
  onMark: (pressedAt: number) => void;
  /** The function is null outside a call. */
  onToggleMic: (() => void) | null;
}

/** Shows what one needs of the replay buffer beside a game: how much is kept, three lengths, mark, who is recorded, the microphone. */
export function PopOutPanel(props: PopOutPanelProps) {
  const { buffer, lengths, recorded, isUnheard, isMicOn, canMark, onPress, onMark, onToggleMic } = props;
  const { smallWindow } = usePopOut();
  const at = ({ timeStamp }: { timeStamp: number }) =>
    smallWindow === null ? timeStamp : inThisWindow(timeStamp, smallWindow);

  return (
    <section className={classes.panel} aria-label="Replay">
      <Text
        size="xs"
        className={classes.recorded}
        data-recorded={(recorded !== null && !isUnheard) || undefined}
      >
        {recorded !== null && <RecordingDot />}
        {recorded ?? (isUnheard ? 'The server is silent' : 'Nobody is being recorded')}
      </Text>
      {buffer === null ? (
        <Text size="sm" c="dimmed" className={classes.nothing}>
          Nothing is kept. Share your screen with the replay buffer on.
        </Text>
      ) : (
        <>
          <BufferGauge buffer={buffer} lengths={lengths.buttonSeconds} />
          <div className={classes.lengths} role="group" aria-label="Save a clip">
            {popOutLengths(lengths).map((seconds) => (
              <Button
                key={seconds}
                variant={seconds === lengths.defaultSeconds ? 'filled' : 'default'}
                className={classes.length}
                aria-label={`Save last ${formatPressLength(seconds)}`}
                disabled={buffer.offer(seconds).givesMs < 1000}
                // A sound answers it as it does a hotkey, because the eyes are on another program.
                onClick={(event) => onPress({ seconds, pressedAt: at(event), via: 'hotkey' })}
              >
                {formatPressLength(seconds)}
              </Button>
            ))}
          </div>
        </>
      )}
      <div className={classes.foot}>
        <UnstyledButton className={classes.tool} disabled={!canMark} onClick={(event) => onMark(at(event))}>
          <IconBookmark size={16} aria-hidden /> Mark
        </UnstyledButton>
        <UnstyledButton
          className={classes.tool}
          disabled={onToggleMic === null}
          aria-pressed={isMicOn}
          onClick={() => onToggleMic?.()}
        >
          {isMicOn ? <IconMicrophone size={16} aria-hidden /> : <IconMicrophoneOff size={16} aria-hidden />}
          {isMicOn ? 'Mute' : 'Unmute'}
        </UnstyledButton>
      </div>
    </section>
  );
}
