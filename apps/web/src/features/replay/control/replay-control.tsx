import { Switch, Text } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { APP_ERRORS } from '@hindsight/shared/errors';
import type { PressLengths } from '@hindsight/shared/replay/lengths';
import type { PresentedError } from '../../../api/present-error.ts';
import { formatLength } from '../../../format/format-length.ts';
import { BufferGauge } from './buffer-gauge.tsx';
import { buttonLengths } from './button-lengths.ts';
import type { BufferView } from './buffer-view.ts';
import type { Remedy } from '../session/error-remedy.ts';
import classes from './replay-control.module.css';
import { ReplayErrorNote } from './replay-error-note.tsx';
import { isSwitchOn, type ReplayControlState } from './replay-control-state.ts';
import { SaveButtons } from './save-buttons.tsx';
import type { Press } from '../capture/use-capture.ts';

export interface ReplayControlProps {
  state: ReplayControlState;
  /** This is the wish for the next share. */
  isWanted: boolean;
  buffer: BufferView | null;
  windowMs: number;
  error: PresentedError | null;
  /** The obstacle is why this person can't use the switch here; null when they can. */
  obstacle: 'PERMISSION_DENIED' | 'REPLAY_DISABLED' | null;
  canCapture: boolean;
  /** When true, an admin ended the last recording, and its buffer is still kept. */
  isStoppedByAdmin?: boolean;
  /** When true, the server has said nothing of this recording for a while. */
  isServerSilent?: boolean;
  /** When true, what is shared shows nothing, as a window that is minimised. */
  isPictureMissing?: boolean;
  lengths: PressLengths;
  onSwitch: (isOn: boolean) => void;
  onCapture: (press: Press) => void;
  /** The node stands after the save buttons. */
  moreActions?: ReactNode;
  /** The node says what goes into the sound of the clips. */
  soundLine?: ReactNode;
  onRemedy: (remedy: Remedy) => void;
  onDismissError: () => void;
}

/**
 * Shows the Replay control: a switch with one sentence, and, once there is a buffer, its gauge and the save buttons.
 */
export function ReplayControl(props: ReplayControlProps) {
  const { state, isWanted, buffer, error, obstacle, canCapture, lengths } = props;
  const { isServerSilent = false } = props;
  const sentenceId = useId();
  const isBusy = state === 'starting' || state === 'stopping';
  const isInGrace = buffer !== null && buffer.graceLeftMs !== null;

  return (
    <section
      className={classes.control}
      aria-label="Replay"
      data-state={state}
      data-has-buffer={buffer !== null || undefined}
    >
      <div className={classes.switchRow}>
        <Switch
          label="Enable Replay Buffer"
          classNames={{ label: classes.switchLabel }}
          aria-describedby={sentenceId}
          aria-busy={isBusy}
          checked={isSwitchOn(state, isWanted)}
          // Whoever has second thoughts need not wait until they are recorded.
          disabled={obstacle !== null || state === 'stopping'}
          onChange={(event) => props.onSwitch(event.currentTarget.checked)}
        />
        <Text
          id={sentenceId}
          size="xs"
          className={classes.sentence}
          data-recording={state === 'active' || undefined}
        >
          {state === 'active' && (
            <span
              className={classes.dot}
              data-degraded={buffer?.isDegraded === true || isServerSilent || props.isPictureMissing === true}
              aria-hidden
            />
          )}
          {sentence(props)}
        </Text>
        {obstacle === null && props.soundLine}
      </div>
      {buffer !== null && (
        <div className={classes.buffer}>
          {isInGrace ? (
            <Text className={classes.grace}>
              Your last <strong>{formatLength(buffer.keptMs)}</strong> are kept for{' '}
              <strong>{formatLength(buffer.graceLeftMs ?? 0)}</strong>
            </Text>
          ) : (
            <BufferGauge buffer={buffer} lengths={lengths.buttonSeconds} />
          )}
          <SaveButtons
            offers={buttonLengths(lengths).map(buffer.offer)}
            preferred={lengths.defaultSeconds}
            isDisabled={!canCapture}
            onPress={props.onCapture}
          >
            {props.moreActions}
          </SaveButtons>
          {!canCapture && (
            <Text size="xs" c="dimmed">
              {APP_ERRORS.PERMISSION_DENIED.text} {APP_ERRORS.PERMISSION_DENIED.remedy}
            </Text>
          )}
        </div>
      )}
      {error !== null && (
        <ReplayErrorNote error={error} onRemedy={props.onRemedy} onDismiss={props.onDismissError} />
      )}
      <span className="visually-hidden" role="status">
        {announcement(props)}
      </span>
    </section>
  );
}

const DISK_IS_FULL =
  'The server’s disk is full. Recording goes on by itself once there is room; what was kept is safe.';
const STOPPED_BY_ADMIN = 'An admin stopped your recording.';

function sentence(props: ReplayControlProps): string {
  const { state, isWanted, buffer, windowMs, obstacle, isStoppedByAdmin } = props;
  const length = formatLength(windowMs);
  if (obstacle !== null) {
    const { text, remedy } = APP_ERRORS[obstacle];
    return `${isStoppedByAdmin === true ? `${STOPPED_BY_ADMIN} ` : ''}${text} ${remedy}`;
  }
  switch (state) {
    case 'not-sharing':
      return isWanted
        ? 'Your next share starts it by itself.'
        : `Keeps the last ${length} of your next share, ready to clip.`;
    case 'off':
      if (isStoppedByAdmin === true) return `${STOPPED_BY_ADMIN} Switch it on to be recorded again.`;
      return `Keeps the last ${length} of this share, ready to clip. Everybody here sees it.`;
    case 'starting':
      return 'Starting…';
    case 'stopping':
      return 'Stopping…';
    case 'waiting':
      return DISK_IS_FULL;
    case 'active':
      if (props.isServerSilent === true)
        return 'The server is silent. You may still be recorded; what was kept is safe.';
      if (props.isPictureMissing === true)
        return 'What you share shows nothing, as a minimised window does. Its last picture is kept until it is back.';
      return buffer?.isDegraded === true
        ? 'No new picture or sound arrives. What was kept before is safe.'
        : 'You are being recorded into your replay buffer';
  }
}

/** Returns what a screen reader says when the state changes. */
function announcement({ state, windowMs, isStoppedByAdmin }: ReplayControlProps): string {
  if (state === 'off' && isStoppedByAdmin === true) return STOPPED_BY_ADMIN;
  if (state === 'waiting') return DISK_IS_FULL;
  if (state === 'active') return `Replay buffer on. The last ${formatLength(windowMs)} are kept.`;
  return state === 'off' ? 'Replay buffer off.' : '';
}
