import { Button, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatLength, spokenLength } from '../../../format/format-length.ts';
import { formatPressLength } from '../../../format/press-length.ts';
import type { CaptureOffer } from './buffer-view.ts';
import classes from './save-buttons.module.css';
import type { Press } from '../capture/use-capture.ts';

/** Shows the one-click lengths. A length that isn't fully buffered yet shows how long its clip would be. */
export function SaveButtons({
  offers,
  preferred,
  isDisabled = false,
  onPress,
  children,
}: {
  offers: CaptureOffer[];
  /** The button of this length stands out. */
  preferred: number;
  isDisabled?: boolean;
  onPress: (press: Press) => void;
  /** The children stand after the lengths. */
  children?: ReactNode;
}) {
  return (
    <div className={classes.buttons} role="group" aria-label="Save a clip">
      {offers.map(({ seconds, givesMs, isWhole }) => (
        <Button
          key={seconds}
          variant={seconds === preferred ? 'filled' : 'default'}
          className={classes.button}
          disabled={isDisabled || givesMs < 1000}
          aria-description={isWhole ? undefined : `${spokenLength(givesMs)} are buffered`}
          onClick={(event) => onPress({ seconds, pressedAt: event.timeStamp, via: 'button' })}
        >
          {/* The name contains the visible text, so that voice control finds the button by it. */}
          <VisuallyHidden>Save last </VisuallyHidden>
          <span className={classes.label}>
            {formatPressLength(seconds)}
            {!isWhole && givesMs >= 1000 && <span className={classes.gives}> {formatLength(givesMs)}</span>}
          </span>
        </Button>
      ))}
      {children}
    </div>
  );
}
